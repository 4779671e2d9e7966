// The store in memory: for tests and for a quickstart that leaves nothing behind. Every list it answers from is indexed.
import type { AccountRecord, AuthorizationRecord, CertificateRecord, OrderRecord } from '../model.ts';
import { authorizationKey, isUndecided, type Page, type ReuseQuery, type Store } from './store.ts';

/** A store that forgets everything when the process ends. */
export function createMemoryStore(): Store {
  return new MemoryStore();
}

class MemoryStore implements Store {
  readonly #accounts = new Map<string, AccountRecord>();
  readonly #accountIdByThumbprint = new Map<string, string>();
  readonly #eabKids = new Set<string>();
  readonly #orders = new Map<string, OrderRecord>();
  readonly #orderIdsByAccount = new Map<string, string[]>();
  readonly #latestOrderId = new Map<string, string>();
  readonly #authorizations = new Map<string, AuthorizationRecord>();
  readonly #latestAuthorizationId = new Map<string, string>();
  readonly #certificates = new Map<string, CertificateRecord>();
  readonly #serialsByKey = new Map<string, Set<string>>();
  readonly #revokedSerials = new Set<string>();
  readonly #blockedKeys = new Set<string>();
  readonly #counters = new Map<string, number>();
  /** How to take back each write of the transaction under way, oldest first. */
  #undo: (() => void)[] | undefined;

  transaction<T>(work: () => T): T {
    if (this.#undo !== undefined) return work();
    this.#undo = [];
    try {
      return work();
    } catch (error) {
      for (const step of this.#undo.reverse()) step();
      throw error;
    } finally {
      this.#undo = undefined;
    }
  }

  async flush(): Promise<void> {}

  putAccount(account: AccountRecord): void {
    const before = this.#accounts.get(account.id);
    if (before !== undefined && before.thumbprint !== account.thumbprint) this.#remove(this.#accountIdByThumbprint, before.thumbprint);
    this.#set(this.#accounts, account.id, account);
    this.#set(this.#accountIdByThumbprint, account.thumbprint, account.id);
    if (account.eabKid !== undefined) this.#add(this.#eabKids, account.eabKid);
  }

  accountById(id: string): AccountRecord | undefined {
    return this.#accounts.get(id);
  }

  accountByThumbprint(thumbprint: string): AccountRecord | undefined {
    const id = this.#accountIdByThumbprint.get(thumbprint);
    return id === undefined ? undefined : this.#accounts.get(id);
  }

  isEabKidUsed(eabKid: string): boolean {
    return this.#eabKids.has(eabKid);
  }

  putOrder(order: OrderRecord): void {
    if (!this.#orders.has(order.id)) {
      const ids = this.#orderIdsByAccount.get(order.accountId) ?? [];
      this.#orderIdsByAccount.set(order.accountId, ids);
      ids.push(order.id);
      this.#undo?.push(() => ids.pop());
      this.#set(this.#latestOrderId, orderReuseKey(order), order.id);
    }
    this.#set(this.#orders, order.id, order);
  }

  orderById(id: string): OrderRecord | undefined {
    return this.#orders.get(id);
  }

  ordersOf(accountId: string, page: { readonly after?: string; readonly limit: number }): Page<OrderRecord> {
    const ids = this.#orderIdsByAccount.get(accountId) ?? [];
    const start = page.after === undefined ? 0 : ids.indexOf(page.after) + 1;
    const shown = ids.slice(start, start + page.limit);
    const items = shown.flatMap((id) => this.#orders.get(id) ?? []);
    const last = shown.at(-1);
    return last === undefined || start + page.limit >= ids.length ? { items } : { items, next: last };
  }

  latestOrder(query: ReuseQuery & { readonly identifierSet: string }): OrderRecord | undefined {
    const id = this.#latestOrderId.get(orderReuseKey(query));
    return id === undefined ? undefined : this.#orders.get(id);
  }

  putAuthorization(authorization: AuthorizationRecord): void {
    if (!this.#authorizations.has(authorization.id)) {
      const key = authorizationReuseKey({ ...authorization, identifierKey: authorizationKey(authorization) });
      this.#set(this.#latestAuthorizationId, key, authorization.id);
    }
    this.#set(this.#authorizations, authorization.id, authorization);
  }

  authorizationById(id: string): AuthorizationRecord | undefined {
    return this.#authorizations.get(id);
  }

  latestAuthorization(query: ReuseQuery & { readonly identifierKey: string }): AuthorizationRecord | undefined {
    const id = this.#latestAuthorizationId.get(authorizationReuseKey(query));
    return id === undefined ? undefined : this.#authorizations.get(id);
  }

  undecidedAuthorizations(): readonly AuthorizationRecord[] {
    return [...this.#authorizations.values()].filter(isUndecided);
  }

  putCertificate(certificate: CertificateRecord): void {
    this.#set(this.#certificates, certificate.serial, certificate);
    const serials = this.#serialsByKey.get(certificate.spkiHash) ?? new Set();
    this.#serialsByKey.set(certificate.spkiHash, serials);
    this.#add(serials, certificate.serial);
    if (certificate.revokedAt !== undefined) this.#add(this.#revokedSerials, certificate.serial);
  }

  certificateBySerial(serial: string): CertificateRecord | undefined {
    return this.#certificates.get(serial);
  }

  certificatesOfKey(spkiHash: string): readonly CertificateRecord[] {
    return this.#certificatesOf(this.#serialsByKey.get(spkiHash) ?? []);
  }

  revokedCertificates(issuerId: string, notExpiredBefore: Date): readonly CertificateRecord[] {
    return this.#certificatesOf(this.#revokedSerials)
      .filter((one) => one.issuerId === issuerId && one.notAfterAt >= notExpiredBefore)
      .sort((a, b) => (a.serial < b.serial ? -1 : 1));
  }

  #certificatesOf(serials: Iterable<string>): CertificateRecord[] {
    return [...serials].flatMap((serial) => this.#certificates.get(serial) ?? []);
  }

  blockKey(spkiHash: string): void {
    this.#add(this.#blockedKeys, spkiHash);
  }

  isKeyBlocked(spkiHash: string): boolean {
    return this.#blockedKeys.has(spkiHash);
  }

  increment(counter: string): number {
    const value = (this.#counters.get(counter) ?? 0) + 1;
    this.#set(this.#counters, counter, value);
    return value;
  }

  prune(before: Date): void {
    for (const order of this.#orders.values()) {
      if (order.certificateSerial === undefined && order.expiresAt < before) this.#forgetOrder(order);
    }
    for (const authorization of this.#authorizations.values()) {
      if ((authorization.validUntilAt ?? authorization.expiresAt) >= before) continue;
      const key = authorizationReuseKey({ ...authorization, identifierKey: authorizationKey(authorization) });
      if (this.#latestAuthorizationId.get(key) === authorization.id) this.#latestAuthorizationId.delete(key);
      this.#authorizations.delete(authorization.id);
    }
    for (const [accountId, ids] of this.#orderIdsByAccount) {
      this.#orderIdsByAccount.set(accountId, ids.filter((id) => this.#orders.has(id)));
    }
  }

  #forgetOrder(order: OrderRecord): void {
    if (this.#latestOrderId.get(orderReuseKey(order)) === order.id) this.#latestOrderId.delete(orderReuseKey(order));
    this.#orders.delete(order.id);
  }

  #set<V>(map: Map<string, V>, key: string, value: V): void {
    if (this.#undo !== undefined) {
      const before = map.get(key);
      this.#undo.push(() => (before === undefined ? map.delete(key) : map.set(key, before)));
    }
    map.set(key, value);
  }

  #remove<V>(map: Map<string, V>, key: string): void {
    const before = map.get(key);
    if (before !== undefined) this.#undo?.push(() => map.set(key, before));
    map.delete(key);
  }

  #add(set: Set<string>, key: string): void {
    if (!set.has(key)) this.#undo?.push(() => set.delete(key));
    set.add(key);
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

// A separator that no id, profile name or identifier can contain keeps the parts apart.
function orderReuseKey(query: ReuseQuery & { readonly identifierSet: string }): string {
  return `${query.accountId}\n${query.profile}\n${query.identifierSet}`;
}

function authorizationReuseKey(query: ReuseQuery & { readonly identifierKey: string }): string {
  return `${query.accountId}\n${query.profile}\n${query.identifierKey}`;
}
