// Options about keys, chains, profiles, the CA and what is asked of the certificate.
import { flag, integerOr, list, text, textOr, triState } from '../option.ts';

/** Let's Encrypt's production directory: the server when nothing else is said. */
export const productionDirectory = 'https://acme-v02.api.letsencrypt.org/directory';

/** Let's Encrypt's staging directory: `--staging`, and `--dry-run` against the default server. */
export const stagingDirectory = 'https://acme-staging-v02.api.letsencrypt.org/directory';

/** Revocation reasons by the name that `--reason` takes (RFC 5280 §5.3.1). */
export const revocationReasons: Readonly<Record<string, number>> = {
  unspecified: 0,
  keycompromise: 1,
  affiliationchanged: 3,
  superseded: 4,
  cessationofoperation: 5,
};

export const securityOptions = {
  server: textOr(productionDirectory, { flags: ['--server'], topics: ['paths', 'certonly', 'renew', 'revoke', 'register'], saved: 'server', help: "URL of the CA's ACME directory" }),
  rsaKeySize: integerOr(2048, { flags: ['--rsa-key-size'], metavar: 'N', topics: ['security', 'certonly', 'renew'], saved: 'rsa_key_size', help: 'size of RSA keys in bits' }),
  keyType: textOr('ecdsa', { flags: ['--key-type'], choices: ['rsa', 'ecdsa'], topics: ['security', 'certonly', 'renew'], saved: 'key_type', help: 'type of the private key' }),
  ellipticCurve: textOr('secp256r1', { flags: ['--elliptic-curve'], metavar: 'N', topics: ['security', 'certonly', 'renew'], saved: 'elliptic_curve', help: 'curve of ECDSA keys: secp256r1, secp384r1 or secp521r1' }),
  mustStaple: flag({ flags: ['--must-staple'], topics: ['security', 'certonly'], saved: 'must_staple', help: 'ask for the OCSP Must-Staple extension' }),
  redirect: triState({ flags: ['--redirect'], offFlags: ['--no-redirect'], topics: ['security'], help: 'send HTTP traffic to HTTPS', shownDefault: 'on for run' }),
  hsts: triState({ flags: ['--hsts'], offFlags: ['--no-hsts'], topics: ['security'], help: 'add the Strict-Transport-Security header' }),
  uir: triState({ flags: ['--uir'], offFlags: ['--no-uir'], topics: ['security'], help: 'add Content-Security-Policy: upgrade-insecure-requests' }),
  stapleOcsp: triState({ flags: ['--staple-ocsp'], offFlags: ['--no-staple-ocsp'], topics: ['security'], help: 'turn on OCSP stapling' }),
  autoHsts: flag({ flags: ['--auto-hsts'], topics: ['security'], help: 'raise the max-age of HSTS step by step' }),
  strictPermissions: flag({ flags: ['--strict-permissions'], topics: ['security'], help: 'insist that our folders belong to us with the modes that we would give them' }),
  requiredProfile: text({ flags: ['--required-profile'], topics: ['security', 'certonly', 'renew'], saved: 'required_profile', help: 'certificate profile to ask for; the CA refuses the order if it has none of that name' }),
  preferredProfile: text({ flags: ['--preferred-profile'], topics: ['security', 'certonly', 'renew'], saved: 'preferred_profile', help: 'certificate profile to ask for where the CA lists it' }),
  preferredChain: text({ flags: ['--preferred-chain'], topics: ['security', 'certonly', 'renew'], saved: 'preferred_chain', help: 'of several chains, take the one whose topmost certificate was issued by this common name' }),
  preferredChallenges: list({ flags: ['--preferred-challenges'], metavar: 'PREF_CHALLS', topics: ['security', 'certonly', 'renew'], saved: 'pref_challs', help: 'comma-separated challenge types, the most wanted first: http, dns, tls-alpn' }),
  issuanceTimeout: integerOr(90, { flags: ['--issuance-timeout'], minimum: 1, topics: ['certonly', 'renew'], help: 'seconds to wait for the CA to issue' }),
  eabKid: text({ flags: ['--eab-kid'], topics: ['register', 'certonly', 'run'], help: 'key identifier for external account binding' }),
  eabHmacKey: text({ flags: ['--eab-hmac-key'], topics: ['register', 'certonly', 'run'], secret: true, help: 'HMAC key for external account binding, base64url' }),
  eabHmacAlg: textOr('HS256', { flags: ['--eab-hmac-alg'], choices: ['HS256', 'HS384', 'HS512'], topics: ['register', 'certonly', 'run'], help: 'HMAC algorithm for external account binding' }),
  registerUnsafelyWithoutEmail: flag({ flags: ['--register-unsafely-without-email'], topics: ['register'], hidden: true, help: 'an account without contact; today that is no longer unsafe' }),
  email: text({ flags: ['-m', '--email'], topics: ['register', 'update_account'], help: 'contact addresses of the account, comma-separated; an empty text removes them' }),
  effEmail: triState({ flags: ['--eff-email'], offFlags: ['--no-eff-email'], topics: ['register'], help: 'share the address with the EFF' }),
  account: text({ flags: ['--account'], metavar: 'ACCOUNT_ID', topics: ['unregister', 'update_account', 'show_account', 'certonly'], saved: 'account', help: 'which account to use, where there are several' }),
  csr: text({ flags: ['--csr'], topics: ['certonly'], help: 'certificate signing request in PEM or DER to use instead of a key of ours' }),
  reason: textOr('unspecified', { flags: ['--reason'], choices: Object.keys(revocationReasons), topics: ['revoke'], help: 'why the certificate is revoked' }),
  deleteAfterRevoke: triState({ flags: ['--delete-after-revoke'], offFlags: ['--no-delete-after-revoke'], topics: ['revoke'], help: 'delete the files of the revoked certificate', shownDefault: 'ask' }),
  userAgent: text({ flags: ['--user-agent'], topics: ['general'], saved: 'user_agent', help: 'what is told to the CA about this program' }),
  userAgentComment: text({ flags: ['--user-agent-comment'], topics: ['general'], help: 'something to add to it; no parentheses' }),
} as const;
