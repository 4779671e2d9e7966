// The persistence port. Synchronous on purpose: one process owns its store, so a transition that reads, decides and writes
// cannot be interleaved with another, and no lock is needed. Durability is awaited once per request, through `flush`.
import type { AccountRecord, AuthorizationRecord, CertificateRecord, OrderRecord } from '../model.ts';

/** One page of a list, and where the next begins. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Pass to the next call; absent on the last page. */
  readonly next?: string;
}

/** What to look for when an order or an authorization could be used again. */
export interface ReuseQuery {
  readonly accountId: string;
  readonly profile: string;
}

/** Everything the authority keeps. Writes replace the whole record of that id. */
export interface Store extends AsyncDisposable {
  /** Runs `work` so that all of its writes happen or, if it throws, none. */
  transaction<T>(work: () => T): T;
  /** Resolves when every write made so far survives a crash. Rejects with `storeFailed` where that cannot be promised. */
  flush(): Promise<void>;

  putAccount(account: AccountRecord): void;
  accountById(id: string): AccountRecord | undefined;
  accountByThumbprint(thumbprint: string): AccountRecord | undefined;
  /** True where some account was bound with this external key before. */
  isEabKidUsed(eabKid: string): boolean;

  putOrder(order: OrderRecord): void;
  orderById(id: string): OrderRecord | undefined;
  /** The account's orders, oldest first. */
  ordersOf(accountId: string, page: { readonly after?: string; readonly limit: number }): Page<OrderRecord>;
  /** The account's newest order for exactly this identifier set, whatever its status. */
  latestOrder(query: ReuseQuery & { readonly identifierSet: string }): OrderRecord | undefined;

  putAuthorization(authorization: AuthorizationRecord): void;
  authorizationById(id: string): AuthorizationRecord | undefined;
  /** The account's newest authorization for this identifier, whatever its status. */
  latestAuthorization(query: ReuseQuery & { readonly identifierKey: string }): AuthorizationRecord | undefined;
  /** Authorizations with a challenge that was responded to and not decided: work left by a process that ended. */
  undecidedAuthorizations(): readonly AuthorizationRecord[];

  putCertificate(certificate: CertificateRecord): void;
  certificateBySerial(serial: string): CertificateRecord | undefined;
  certificatesOfKey(spkiHash: string): readonly CertificateRecord[];
  /** Revoked certificates of one issuer that had not expired at `notExpiredBefore`, by serial: the content of its CRL. */
  revokedCertificates(issuerId: string, notExpiredBefore: Date): readonly CertificateRecord[];

  /** Keys shown to be compromised; they are never certified again. */
  blockKey(spkiHash: string): void;
  isKeyBlocked(spkiHash: string): boolean;

  /** Adds one to a named counter and returns the new value; the first call gives 1. */
  increment(counter: string): number;
  /** Forgets authorizations, and orders without a certificate, that ended before `before`. All else stays. */
  prune(before: Date): void;
}

/** The key under which an authorization is found again: a wildcard needs another proof than its base name. */
export function authorizationKey(authorization: Pick<AuthorizationRecord, 'identifier' | 'wildcard'>): string {
  const { type, value } = authorization.identifier;
  return `${type}:${authorization.wildcard ? '*.' : ''}${value}`;
}

/** The authorizations of an order, in the order of its identifiers. */
export function authorizationsOf(store: Store, order: OrderRecord): readonly AuthorizationRecord[] {
  return order.authorizationIds.flatMap((id) => store.authorizationById(id) ?? []);
}

/** True while a challenge waits for its decision. */
export function isUndecided(authorization: AuthorizationRecord): boolean {
  if (authorization.validatedAt !== undefined || authorization.deactivatedAt !== undefined) return false;
  const { challenges } = authorization;
  return challenges.every(({ error }) => error === undefined) && challenges.some(({ respondedAt }) => respondedAt !== undefined);
}
