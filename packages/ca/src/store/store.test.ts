import { join } from 'node:path';
import { temporaryFolder } from '@certward/testing';
import { afterEach, describe, expect, test } from 'vitest';
import type { AccountRecord, AuthorizationRecord, CertificateRecord, OrderRecord } from '../model.ts';
import { createMemoryStore } from './memory.ts';
import { openDatabase } from './open-database.ts';
import { createSqliteStore, openSqliteStore } from './sqlite.ts';
import type { Store } from './store.ts';

const now = new Date('2026-11-20T12:00:00Z');
const later = (seconds: number) => new Date(now.getTime() + seconds * 1000);

const account = (id: string, more: Partial<AccountRecord> = {}): AccountRecord => ({
  id,
  thumbprint: `thumbprint of ${id}`,
  jwk: { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' },
  contact: [],
  termsOfServiceAgreed: true,
  createdAt: now,
  ...more,
});

const order = (id: string, more: Partial<OrderRecord> = {}): OrderRecord => ({
  id,
  accountId: 'a',
  identifiers: [{ type: 'dns', value: 'example.test' }],
  identifierSet: 'dns:example.test',
  profile: 'default',
  authorizationIds: [],
  createdAt: now,
  expiresAt: later(60),
  ...more,
});

const authorization = (id: string, more: Partial<AuthorizationRecord> = {}): AuthorizationRecord => ({
  id,
  accountId: 'a',
  identifier: { type: 'dns', value: 'example.test' },
  wildcard: false,
  profile: 'default',
  challenges: [{ type: 'http-01', token: 't' }],
  createdAt: now,
  expiresAt: later(60),
  ...more,
});

const certificate = (serial: string, more: Partial<CertificateRecord> = {}): CertificateRecord => ({
  serial,
  accountId: 'a',
  orderId: 'o',
  profile: 'default',
  issuerId: 'intermediate-1',
  certificateDer: Uint8Array.of(48, 1, 255, 0),
  identifiers: [{ type: 'dns', value: 'example.test' }],
  spkiHash: 'hash',
  notBeforeAt: now,
  notAfterAt: later(3600),
  ...more,
});

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

const stores: { readonly name: string; readonly create: () => Promise<Store> }[] = [
  { name: 'memory', create: async () => createMemoryStore() },
  {
    name: 'SQLite',
    create: async () => {
      const folder = await temporaryFolder();
      open.push(folder);
      const store = await openSqliteStore(join(folder.path, 'ca.sqlite'));
      open.push(store);
      return store;
    },
  },
];

describe.each(stores)('the store in $name', ({ create }) => {
  test('gives back every kind of record as it was put', async () => {
    const store = await create();
    const full = account('a', { eabKid: 'kid', externalAccountBinding: { protected: 'p' }, deactivatedAt: later(1) });
    const fullOrder = order('o', { csrDer: Uint8Array.of(1, 2, 0), finalizedAt: later(2), replaces: 'x.y', error: { type: 'dns', status: 400, detail: 'no' } });
    const fullAuthorization = authorization('z', {
      challenges: [{ type: 'dns-01', token: 't', respondedAt: later(1), validatedAt: later(2) }],
      validatedAt: later(2),
      validUntilAt: later(90),
    });
    const fullCertificate = certificate('0087', { renewalWindow: { startAt: later(1), endAt: later(2), explanationUrl: 'https://x' }, revokedAt: later(3), revocationReason: 4 });
    store.putAccount(full);
    store.putOrder(fullOrder);
    store.putAuthorization(fullAuthorization);
    store.putCertificate(fullCertificate);
    await store.flush();
    expect(store.accountById('a')).toEqual(full);
    expect(store.accountByThumbprint('thumbprint of a')).toEqual(full);
    expect(store.orderById('o')).toEqual(fullOrder);
    expect(store.authorizationById('z')).toEqual(fullAuthorization);
    expect(store.certificateBySerial('0087')).toEqual(fullCertificate);
  });

  test('knows nothing of what was never put', async () => {
    const store = await create();
    expect(store.accountById('a')).toBeUndefined();
    expect(store.accountByThumbprint('a')).toBeUndefined();
    expect(store.orderById('o')).toBeUndefined();
    expect(store.authorizationById('z')).toBeUndefined();
    expect(store.certificateBySerial('00')).toBeUndefined();
    expect(store.isEabKidUsed('kid')).toBe(false);
    expect(store.isKeyBlocked('hash')).toBe(false);
    expect(store.ordersOf('a', { limit: 3 })).toEqual({ items: [] });
    expect(store.undecidedAuthorizations()).toEqual([]);
  });

  test('finds an account by its new key only, once the key has changed', async () => {
    const store = await create();
    store.putAccount(account('a'));
    store.putAccount(account('a', { thumbprint: 'new' }));
    expect(store.accountByThumbprint('new')?.id).toBe('a');
    expect(store.accountByThumbprint('thumbprint of a')).toBeUndefined();
  });

  test('takes all writes of a failed transaction back, and keeps those of its neighbours', async () => {
    const store = await create();
    store.transaction(() => store.putAccount(account('a')));
    expect(() =>
      store.transaction(() => {
        store.putAccount(account('a', { thumbprint: 'new', eabKid: 'kid' }));
        store.putAccount(account('b'));
        store.putOrder(order('o'));
        store.putAuthorization(authorization('z'));
        store.putCertificate(certificate('01', { revokedAt: now }));
        store.blockKey('hash');
        store.increment('crl');
        throw new Error('no');
      }),
    ).toThrow('no');
    store.transaction(() => store.putAccount(account('c')));
    await store.flush();
    expect(store.accountByThumbprint('thumbprint of a')?.id).toBe('a');
    expect(store.accountByThumbprint('new')).toBeUndefined();
    expect(store.accountById('b')).toBeUndefined();
    expect(store.accountById('c')?.id).toBe('c');
    expect(store.isEabKidUsed('kid')).toBe(false);
    expect(store.orderById('o')).toBeUndefined();
    expect(store.ordersOf('a', { limit: 3 }).items).toEqual([]);
    expect(store.latestOrder({ accountId: 'a', profile: 'default', identifierSet: 'dns:example.test' })).toBeUndefined();
    expect(store.latestAuthorization({ accountId: 'a', profile: 'default', identifierKey: 'dns:example.test' })).toBeUndefined();
    expect(store.certificatesOfKey('hash')).toEqual([]);
    expect(store.revokedCertificates('intermediate-1', now)).toEqual([]);
    expect(store.isKeyBlocked('hash')).toBe(false);
    expect(store.increment('crl')).toBe(1);
  });

  test('pages through the orders of one account, oldest first', async () => {
    const store = await create();
    for (const id of ['1', '2', '3', '4', '5']) store.putOrder(order(id));
    store.putOrder(order('other', { accountId: 'b' }));
    store.putOrder(order('2', { certificateSerial: '01' }));
    const first = store.ordersOf('a', { limit: 2 });
    expect(first.items.map(({ id }) => id)).toEqual(['1', '2']);
    expect(first.next).toBe('2');
    const second = store.ordersOf('a', { limit: 2, after: '2' });
    expect(second.items.map(({ id }) => id)).toEqual(['3', '4']);
    expect(store.ordersOf('a', { limit: 2, after: '4' })).toMatchObject({ items: [{ id: '5' }] });
    expect(store.ordersOf('a', { limit: 5 }).next).toBeUndefined();
  });

  test('finds the newest order and authorization for the same account, profile and name', async () => {
    const store = await create();
    store.putOrder(order('1'));
    store.putOrder(order('2'));
    store.putOrder(order('3', { profile: 'shortlived' }));
    expect(store.latestOrder({ accountId: 'a', profile: 'default', identifierSet: 'dns:example.test' })?.id).toBe('2');
    expect(store.latestOrder({ accountId: 'b', profile: 'default', identifierSet: 'dns:example.test' })).toBeUndefined();
    store.putAuthorization(authorization('1'));
    store.putAuthorization(authorization('2'));
    store.putAuthorization(authorization('3', { wildcard: true }));
    store.putAuthorization(authorization('1', { deactivatedAt: now }));
    const query = { accountId: 'a', profile: 'default' };
    expect(store.latestAuthorization({ ...query, identifierKey: 'dns:example.test' })?.id).toBe('2');
    expect(store.latestAuthorization({ ...query, identifierKey: 'dns:*.example.test' })?.id).toBe('3');
  });

  test('lists the authorizations that wait for their decision', async () => {
    const store = await create();
    const responded = { type: 'http-01', token: 't', respondedAt: now } as const;
    store.putAuthorization(authorization('pending'));
    store.putAuthorization(authorization('waiting', { challenges: [responded, { type: 'dns-01', token: 'u' }] }));
    store.putAuthorization(authorization('failed', { challenges: [{ ...responded, error: { type: 'dns', status: 400, detail: '' } }] }));
    store.putAuthorization(authorization('gone', { challenges: [responded], deactivatedAt: now }));
    store.putAuthorization(authorization('decided', { challenges: [responded] }));
    store.putAuthorization(authorization('decided', { challenges: [responded], validatedAt: now, validUntilAt: later(60) }));
    expect(store.undecidedAuthorizations().map(({ id }) => id)).toEqual(['waiting']);
  });

  test('lists what a CRL has to contain: revoked, of that issuer, not expired too long ago', async () => {
    const store = await create();
    store.putCertificate(certificate('03', { revokedAt: now }));
    store.putCertificate(certificate('01'));
    store.putCertificate(certificate('01', { revokedAt: now, revocationReason: 1 }));
    store.putCertificate(certificate('02'));
    store.putCertificate(certificate('04', { revokedAt: now, issuerId: 'intermediate-2' }));
    store.putCertificate(certificate('05', { revokedAt: now, notAfterAt: later(-60) }));
    expect(store.revokedCertificates('intermediate-1', now).map(({ serial }) => serial)).toEqual(['01', '03']);
    expect(store.certificatesOfKey('hash')).toHaveLength(5);
  });

  test('remembers blocked keys and used external keys, and counts', async () => {
    const store = await create();
    store.blockKey('hash');
    store.blockKey('hash');
    store.putAccount(account('a', { eabKid: 'kid' }));
    expect(store.isKeyBlocked('hash')).toBe(true);
    expect(store.isEabKidUsed('kid')).toBe(true);
    expect([store.increment('a'), store.increment('a'), store.increment('b')]).toEqual([1, 2, 1]);
  });

  test('forgets what ended long ago, but no order that has a certificate', async () => {
    const store = await create();
    store.putOrder(order('old'));
    store.putOrder(order('issued'));
    store.putOrder(order('issued', { certificateSerial: '01' }));
    store.putOrder(order('new', { expiresAt: later(3600) }));
    store.putAuthorization(authorization('old'));
    store.putAuthorization(authorization('new', { validatedAt: now, validUntilAt: later(3600) }));
    store.prune(later(600));
    expect(store.orderById('old')).toBeUndefined();
    expect(store.authorizationById('old')).toBeUndefined();
    expect(store.ordersOf('a', { limit: 5 }).items.map(({ id }) => id)).toEqual(['issued', 'new']);
    expect(store.authorizationById('new')?.id).toBe('new');
    expect(store.latestOrder({ accountId: 'a', profile: 'default', identifierSet: 'dns:example.test' })?.id).toBe('new');
  });
});

describe('the store in SQLite', () => {
  test('has everything again after it was closed and opened', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'ca.sqlite');
    const first = await openSqliteStore(path);
    first.putAccount(account('a'));
    first.increment('crl');
    await first[Symbol.asyncDispose]();
    await using second = await openSqliteStore(path);
    expect(second.accountById('a')).toEqual(account('a'));
    expect(second.increment('crl')).toBe(2);
  });

  test('refuses a second opener', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'ca.sqlite');
    await using first = await openSqliteStore(path);
    await expect(openSqliteStore(path)).rejects.toMatchObject({ code: 'dataFolderInUse' });
    expect(first.accountById('a')).toBeUndefined();
  });

  test('refuses a database written by a newer program', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'ca.sqlite');
    const database = await openDatabase(path);
    database.exec('PRAGMA user_version = 99');
    database.close();
    await expect(openSqliteStore(path)).rejects.toMatchObject({ code: 'storeFailed' });
  });

  test('fails the requests that it cannot write down, and goes on when there is room again', async () => {
    await using folder = await temporaryFolder();
    const database = await openDatabase(join(folder.path, 'ca.sqlite'));
    await using store = createSqliteStore(database);
    // A cap on the number of pages does what a full disk does.
    database.exec('PRAGMA max_page_count = 40');
    const large = account('large', { contact: ['x'.repeat(500_000)] });
    expect(() => store.transaction(() => store.putAccount(large))).toThrow(/full/);
    await store.flush().catch(() => {});
    expect(store.accountById('large')).toBeUndefined();
    database.exec('PRAGMA max_page_count = 4000');
    store.transaction(() => store.putAccount(large));
    await store.flush();
    expect(store.accountById('large')).toEqual(large);
  });
});
