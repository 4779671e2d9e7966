// The words of RFC 8555 as types: what the server's JSON becomes after parsing. No behaviour here.
//
// Terms.
//   directory       the CA's index of URLs (§7.1.1); everything else is reached through it
//   nonce           single-use anti-replay value that each signed request spends (§6.5)
//   account         registration of one key at one CA (§7.1.2); its URL is the `kid` of requests
//   identifier      a name to certify, `dns` or `ip` (RFC 8738)
//   order           request for one certificate (§7.1.3): pending → ready → processing → valid, or invalid
//   authorization   the CA's record that an account controls an identifier (§7.1.4)
//   challenge       one way to prove control (§8); its *token* is random, the *key authorization* is the token joined
//                   with the account key's thumbprint, the *validation* is what is published because of it
//   respond         tell the CA to validate now (§7.5.1)
//   finalize        submit the CSR (§7.4)
//   obtain          the whole flow, from order to chain
//   problem         error document (RFC 7807, §6.7); a *subproblem* concerns one identifier
import type { Identifier } from '@certward/pki';

/** Options of everything that waits or does I/O. An abort rejects with the signal's reason and is never retried. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** A problem document, checked and made printable. */
export interface Problem {
  /** Without the `urn:ietf:params:acme:error:` prefix; `about:blank` where the server named none. */
  readonly type: string;
  readonly status: number;
  /** The CA's own text. */
  readonly detail: string;
  readonly subproblems: readonly Problem[];
  readonly identifier?: Identifier;
  readonly instance?: string;
  readonly algorithms?: readonly string[];
  /** A page where a person can lift the block: `instance`, or the self-service link in a rate limit's text. */
  readonly actionUrl?: string;
}

/** What the CA's `meta` says (§9.7.6). Absent members are absent: nothing is guessed. */
export interface DirectoryMeta {
  readonly termsOfService?: string;
  readonly website?: string;
  readonly caaIdentities: readonly string[];
  readonly externalAccountRequired: boolean;
  /** Profile name → description or URL (draft-ietf-acme-profiles). Empty when the CA has none. */
  readonly profiles: ReadonlyMap<string, string>;
  /** draft-ietf-acme-dns-persist-02. Experimental. */
  readonly issuerDomainNames?: readonly string[];
  /** draft-ietf-acme-dns-persist-02. Experimental. */
  readonly accountHashPrefix?: string;
}

/** The directory (§7.1.1). Unknown members, random ones included, are ignored. */
export interface Directory {
  readonly newNonce: string;
  readonly newAccount: string;
  readonly newOrder: string;
  readonly newAuthz?: string;
  readonly revokeCert?: string;
  readonly keyChange?: string;
  /** RFC 9773 §3. */
  readonly renewalInfo?: string;
  readonly meta: DirectoryMeta;
}

/** States of an account (§7.1.6). Deactivation is final. */
export type AccountStatus = 'valid' | 'deactivated' | 'revoked';

/** An account as the CA shows it (§7.1.2). Many CAs do not give contacts back. */
export interface AccountState {
  readonly status: AccountStatus;
  readonly contact: readonly string[];
  readonly termsOfServiceAgreed: boolean;
  /** URL of the list of orders; several CAs have none. */
  readonly orders?: string;
  /** Opaque reply to the external account binding, for showing. */
  readonly externalAccountBinding?: unknown;
}

interface OrderBase {
  /** In whatever order the CA lists them: compare as sets. */
  readonly identifiers: readonly Identifier[];
  readonly authorizations: readonly string[];
  readonly finalize: string;
  readonly expires?: Date;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** The profile that the CA chose or confirmed (draft-ietf-acme-profiles). */
  readonly profile?: string;
  /** The certificate that this order replaces (RFC 9773 §5). */
  readonly replaces?: string;
}

/** An order (§7.1.3). Only a valid one has a certificate, only an invalid one must have failed. */
export type OrderState =
  | (OrderBase & { readonly status: 'pending' | 'ready' | 'processing'; readonly error?: Problem })
  | (OrderBase & { readonly status: 'valid'; readonly certificate: string })
  | (OrderBase & { readonly status: 'invalid'; readonly error?: Problem });

/** States of an authorization (§7.1.6). */
export type AuthorizationStatus = 'pending' | 'valid' | 'invalid' | 'deactivated' | 'expired' | 'revoked';

/** Challenge types this client can compute answers for. Others in an authorization are ignored. */
export type ChallengeType = 'http-01' | 'dns-01' | 'tls-alpn-01' | 'dns-account-01' | 'dns-persist-01';

/** States of a challenge (§7.1.6). */
export type ChallengeStatus = 'pending' | 'processing' | 'valid' | 'invalid';

/** A challenge (§8) as parsed. */
export interface ChallengeState {
  readonly type: ChallengeType;
  readonly url: string;
  readonly status: ChallengeStatus;
  /** Absent for dns-persist-01, and where the server sent one that is unsafe to use. */
  readonly token?: string;
  /** On a pending or processing challenge: the CA is still retrying. */
  readonly error?: Problem;
  readonly validated?: Date;
  /** dns-persist-01 only. Experimental. */
  readonly persist?: PersistOffer;
}

/** What a dns-persist-01 challenge offers, in either of the two wire forms. Experimental. */
export interface PersistOffer {
  /** `draft-01` as deployed (`issuer-domain-names`), `draft-02` as specified since (`issuerDomainNames`). */
  readonly form: 'draft-01' | 'draft-02';
  /** One to ten lower-case A-label names; the record names one of them. */
  readonly issuerDomainNames: readonly string[];
  /** `accounturi` as the server wants it, where it says (draft-01). */
  readonly accountUri?: string;
}

/** An authorization (§7.1.4) as parsed. */
export interface AuthorizationState {
  /** For a wildcard the base name, as the CA sends it. */
  readonly identifier: Identifier;
  readonly status: AuthorizationStatus;
  readonly wildcard: boolean;
  readonly challenges: readonly ChallengeState[];
  /** Types offered that this client does not know, for explanations. */
  readonly unknownChallengeTypes: readonly string[];
  readonly expires?: Date;
}

/** Why one identifier failed. */
export interface IdentifierFailure {
  readonly identifier: Identifier;
  readonly wildcard: boolean;
  readonly authorizationUrl: string;
  readonly challengeType?: ChallengeType;
  readonly problem?: Problem;
}
