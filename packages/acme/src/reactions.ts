// RFC 8555 §6.7 as data: what each error type means for us. The only place that decides; nothing else matches on types
// beyond the few that a resource's own clause names.
import type { Retry } from '@certward/base';

/** Error types that this client knows, without the `urn:ietf:params:acme:error:` prefix. */
export type ProblemType =
  | 'accountDoesNotExist'
  | 'agreementRequired'
  | 'alreadyReplaced'
  | 'alreadyRevoked'
  | 'autoRenewalCanceled'
  | 'autoRenewalCancellationInvalid'
  | 'autoRenewalExpired'
  | 'autoRenewalRevocationNotSupported'
  | 'badCSR'
  | 'badNonce'
  | 'badPublicKey'
  | 'badRevocationReason'
  | 'badSignatureAlgorithm'
  | 'caa'
  | 'compound'
  | 'conflict'
  | 'connection'
  | 'dns'
  | 'externalAccountRequired'
  | 'incorrectResponse'
  | 'invalidContact'
  | 'invalidProfile'
  | 'malformed'
  | 'orderNotReady'
  | 'rateLimited'
  | 'rejectedIdentifier'
  | 'serverInternal'
  | 'tls'
  | 'unauthorized'
  | 'unknownDelegation'
  | 'unsupportedContact'
  | 'unsupportedIdentifier'
  | 'userActionRequired';

/**
 * What kind of trouble it is:
 * `transient` passes by itself · `wait` passes after Retry-After · `state` our picture of the server is out of date ·
 * `human` a person must act at the CA · `config` a setting of ours is wrong · `permanent` these inputs will never do ·
 * `validation` the authorization is dead, a new order is needed · `done` what we wanted is already so.
 */
export type ProblemClass = 'transient' | 'wait' | 'state' | 'human' | 'config' | 'permanent' | 'validation' | 'done';

/** What the client does by itself when it meets the type. `report` is everything else: throw, with the hint. */
export type ProblemAction =
  | 'repeatWithItsNonce'
  | 'repeatAfterPause'
  | 'repeatAfterRetryAfter'
  | 'rereadOrder'
  | 'orderWithoutReplaces'
  | 'refreshDirectory'
  | 'treatAsSuccess'
  | 'report';

/** The reaction to one error type. */
export interface Reaction {
  readonly class: ProblemClass;
  readonly action: ProblemAction;
  /** What the thrown error says about retrying; a Retry-After of the answer goes before it unless this is `never`. */
  readonly retry: Retry;
  /** One sentence for the person in front of it. */
  readonly hint: string;
}

/** Without a Retry-After, one hour: the shortest refill among the usual limits is minutes, and asking early costs more. */
const limitWithoutTime: Retry = { afterSeconds: 3_600 };

/** A failed validation may be tried again after the first step of the usual back-off (1 min, 10 min, 100 min, daily). */
const afterBackoff: Retry = { afterSeconds: 60 };

const starHint = 'the order uses automatic renewal at the ca (RFC 8739), which this client does not ask for';

/** Every known type and its reaction. Types that are not here are judged by HTTP status, see {@link reactionTo}. */
export const reactions = {
  badNonce: {
    class: 'transient',
    action: 'repeatWithItsNonce',
    retry: 'now',
    hint: 'the ca kept refusing nonces: look for a caching proxy between here and the ca',
  },
  serverInternal: {
    class: 'transient',
    action: 'repeatAfterPause',
    retry: afterBackoff,
    hint: 'the ca has an internal fault: try again later, and look at its status page',
  },
  rateLimited: {
    class: 'wait',
    action: 'repeatAfterRetryAfter',
    retry: limitWithoutTime,
    hint: 'a rate limit of the ca is used up: wait until the time it names; retrying earlier does not help',
  },
  accountDoesNotExist: {
    class: 'state',
    action: 'report',
    retry: 'never',
    hint: 'the ca does not know this account: register again (an external account binding may be needed again)',
  },
  userActionRequired: {
    class: 'human',
    action: 'report',
    retry: 'never',
    hint: 'the ca wants a person to act first, usually to agree to new terms: open the page it names',
  },
  agreementRequired: {
    class: 'human',
    action: 'report',
    retry: 'never',
    hint: 'the terms of service of the ca must be agreed to first',
  },
  externalAccountRequired: {
    class: 'config',
    action: 'report',
    retry: 'never',
    hint: 'this ca gives accounts to its customers only: pass the key id and hmac key that it issued to you',
  },
  invalidContact: {
    class: 'config',
    action: 'report',
    retry: 'never',
    hint: 'the contact address is not acceptable: use one plain mailto: address, or none',
  },
  unsupportedContact: {
    class: 'config',
    action: 'report',
    retry: 'never',
    hint: 'this kind of contact is not supported: use a mailto: address, or none',
  },
  badPublicKey: {
    class: 'config',
    action: 'report',
    retry: 'never',
    hint: 'the ca does not take this key: use ECDSA P-256 or RSA 2048',
  },
  badSignatureAlgorithm: {
    class: 'config',
    action: 'report',
    retry: 'never',
    hint: 'the ca does not take this account key type: choose one of the algorithms it lists, for example ES256',
  },
  badCSR: {
    class: 'permanent',
    action: 'report',
    retry: 'never',
    hint: 'the ca refuses the signing request: compare its names and key with the order; the order itself stays usable',
  },
  badRevocationReason: {
    class: 'permanent',
    action: 'report',
    retry: 'never',
    hint: 'the ca does not take this revocation reason: use unspecified, keyCompromise, superseded or cessationOfOperation',
  },
  malformed: {
    class: 'permanent',
    action: 'report',
    retry: 'never',
    hint: 'the ca could not read or accept the request as it stands: repeating it will not help',
  },
  unsupportedIdentifier: {
    class: 'permanent',
    action: 'report',
    retry: 'never',
    hint: 'the ca does not issue for this kind of name',
  },
  rejectedIdentifier: {
    class: 'permanent',
    action: 'report',
    retry: 'never',
    hint: 'the ca will not issue for this name by policy: leave it out',
  },
  orderNotReady: {
    class: 'state',
    action: 'rereadOrder',
    retry: 'now',
    hint: 'the order still waits for an authorization: read it again',
  },
  unauthorized: {
    class: 'validation',
    action: 'report',
    retry: afterBackoff,
    hint: 'the ca did not find the expected proof, or this account may not do that: check that the name points to this machine',
  },
  incorrectResponse: {
    class: 'validation',
    action: 'report',
    retry: afterBackoff,
    hint: 'the ca found something else than the expected proof: another server or an old record answered',
  },
  dns: {
    class: 'validation',
    action: 'report',
    retry: afterBackoff,
    hint: 'the ca could not resolve the name: check its records at every authoritative name server, and DNSSEC',
  },
  connection: {
    class: 'validation',
    action: 'report',
    retry: afterBackoff,
    hint: 'the ca could not connect: check address records (also AAAA), firewall, and that the port is reachable from outside',
  },
  tls: {
    class: 'validation',
    action: 'report',
    retry: afterBackoff,
    hint: 'the ca met a TLS error at the validation port: something else answers there',
  },
  caa: {
    class: 'validation',
    action: 'report',
    retry: afterBackoff,
    hint: 'a CAA record forbids this ca, account or validation method for the name',
  },
  compound: {
    class: 'validation',
    action: 'report',
    retry: afterBackoff,
    hint: 'several things went wrong: see the problem of each name',
  },
  alreadyRevoked: {
    class: 'done',
    action: 'treatAsSuccess',
    retry: 'never',
    hint: 'the certificate is already revoked',
  },
  alreadyReplaced: {
    class: 'state',
    action: 'orderWithoutReplaces',
    retry: 'now',
    hint: 'another order already replaces that certificate: order without naming it',
  },
  invalidProfile: {
    class: 'config',
    action: 'refreshDirectory',
    retry: 'never',
    hint: 'the ca does not offer this profile: choose one that its directory lists',
  },
  conflict: {
    class: 'state',
    action: 'report',
    retry: 'never',
    hint: 'the request contradicts what the ca already has',
  },
  unknownDelegation: {
    class: 'permanent',
    action: 'report',
    retry: 'never',
    hint: 'the order names a delegation that the ca does not know',
  },
  autoRenewalCanceled: { class: 'permanent', action: 'report', retry: 'never', hint: starHint },
  autoRenewalExpired: { class: 'permanent', action: 'report', retry: 'never', hint: starHint },
  autoRenewalCancellationInvalid: { class: 'permanent', action: 'report', retry: 'never', hint: starHint },
  autoRenewalRevocationNotSupported: { class: 'permanent', action: 'report', retry: 'never', hint: starHint },
} as const satisfies Record<ProblemType, Reaction>;

/** The reaction to `type`; an unknown type is judged by its HTTP status, as RFC 8555 §6.7 leaves room for new ones. */
export function reactionTo(type: string, status: number): Reaction {
  if (Object.hasOwn(reactions, type)) return reactions[type as ProblemType];
  if (status === 429) return reactions.rateLimited;
  if (status === 503) return { ...reactions.serverInternal, action: 'repeatAfterRetryAfter' };
  if (status >= 500) return reactions.serverInternal;
  return {
    class: status === 401 || status === 403 ? 'config' : 'permanent',
    action: 'report',
    retry: 'never',
    hint: 'the ca gave a reason this client does not know: its text says more',
  };
}
