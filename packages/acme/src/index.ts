// Everything that @certward/acme offers: an RFC 8555 client.
//
// You want a certificate:        createAcmeClient → client.createAccount → obtainCertificate (porcelain, one call).
// You want to steer each step,   the resource objects: Account → Order → Authorization → Challenge (plumbing). Each has
// to resume, or to store state:  `url`, `state` and `refresh`; open them again by URL in a later run.
// You implement a proof:         Solver.  You carry the requests yourself:  Transport.
// The words are explained in types.ts.

// Porcelain
export { AcmeClient, type AcmeClientOptions, createAcmeClient } from './client.ts';
export { obtainCertificate, type ObtainedCertificate, type ObtainEvent, type ObtainOptions } from './obtain.ts';
export type { ChallengeToPresent, Solver } from './solver.ts';

// Plumbing: the resources
export type { Account } from './account.ts';
export type { Order } from './order.ts';
export type { Authorization } from './authorization.ts';
export type { Challenge, PersistRecordChoice } from './challenge.ts';
export type { NewAccount } from './new-account.ts';
export type { NewOrder } from './new-order.ts';
export type { OrderSearch } from './orders-list.ts';
export type { ExternalAccountBinding } from './external-account-binding.ts';
export type { CertificateChain, DownloadedCertificate, DownloadOptions } from './certificate.ts';
export { chainContainsSpki, chainEndsAtKeyId, type ChainMatcher, pickChain } from './preferred-chain.ts';
export type { RenewalInfo } from './renewal-info.ts';
export { type Revocation, type RevocationOutcome, type RevocationReason, revocationReasons } from './revocation.ts';
export { createWake, type Wake, wakeOn, type WakeSource } from './wake.ts';
export type { PollOptions } from './poll.ts';

// What challenges publish
export { dns01RecordName, dns01TxtValue, http01Path, keyAuthorizationOf } from './key-authorization.ts';
export { dnsAccount01Label, dnsAccount01RecordName } from './dns-account-01.ts';
export { dnsPersist01Record, persistAccountHash, persistFormOf, type PersistRecord, type PersistRecordOptions, splitTxtValue } from './dns-persist-01.ts';
export { checkToken, isSafeToken } from './token.ts';

// Types of the protocol
export type {
  AccountState,
  AccountStatus,
  AuthorizationState,
  AuthorizationStatus,
  CallOptions,
  ChallengeState,
  ChallengeStatus,
  ChallengeType,
  Directory,
  DirectoryMeta,
  IdentifierFailure,
  OrderState,
  PersistOffer,
  Problem,
} from './types.ts';

// Errors and the table of reactions
export { AcmeError, type AcmeErrorCode, AcmeProblem, AuthorizationError, isProblem, OrderError, ReplyLostError } from './errors.ts';
export { type ProblemAction, type ProblemClass, type ProblemType, type Reaction, reactions, reactionTo } from './reactions.ts';

// Ports
export { createHttpsTransport, type HttpsTransportOptions } from './https-transport.ts';
export { type ProxyChoice, proxyFromEnvironment } from './proxy.ts';
export { type Transport, TransportError, type TransportHeaders, type TransportRequest, type TransportResponse } from './transport.ts';
export type { CachedDirectory, DirectoryCache } from './directory-source.ts';
export type { UrlPolicyOptions } from './url-policy.ts';
