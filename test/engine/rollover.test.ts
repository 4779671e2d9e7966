// Changing the key of a stored account, with the process dying at every point: the key that the CA has is never lost.
import { type AcmeClient, createAcmeClient, createHttpsTransport, type Transport } from '@certward/acme';
import { type AccountStore, type Disk, type LineageStore, openAccountStore, openLineageStore, pointLineagesAt, rollOverStoredAccount, settleAccounts, systemDisk } from '@certward/engine';
import { createCertificate, generatePrivateKey, privateKeyToPem } from '@certward/pki';
import { temporaryFolder } from '@certward/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWorld, type World } from './support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

const newKey = () => generatePrivateKey({ type: 'ecdsa', curve: 'P-256' });

class Killed extends Error {}

/** Something that a process can die before or after. */
class Life {
  points = 0;
  readonly #dieAt: number;
  constructor(dieAt: number) {
    this.#dieAt = dieAt;
  }
  point(): void {
    this.points += 1;
    // A dead process does nothing any more, its error handling included.
    if (this.#dieAt > 0 && this.points >= this.#dieAt) throw new Killed('killed');
  }
}

/** `target` with a point before each call and one after it. */
function mortal<T extends object>(target: T, life: Life): T {
  return new Proxy(target, {
    get(on, name) {
      const method: unknown = Reflect.get(on, name);
      if (typeof method !== 'function') return method;
      return (...args: unknown[]): unknown => {
        life.point();
        const result: unknown = Reflect.apply(method, on, args);
        if (result instanceof Promise) return result.then((value: unknown) => (life.point(), value));
        life.point();
        return result;
      };
    },
  });
}

interface Place {
  readonly accounts: AccountStore;
  readonly lineages: LineageStore;
  readonly client: AcmeClient;
}

function open(configDir: string, { disk = systemDisk, transport = createHttpsTransport() }: { readonly disk?: Disk; readonly transport?: Transport } = {}): Place {
  const { directoryUrl } = world.ca;
  return {
    accounts: openAccountStore({ configDir, directoryUrl, disk }),
    lineages: openLineageStore({ configDir, disk }),
    client: createAcmeClient({ directoryUrl, allowHttp: true, transport }),
  };
}

const replacedIn = ({ lineages }: Place) => (ids: { readonly from: string; readonly to: string }) => pointLineagesAt(lineages, ids);

/** A stored account and two lineages, one of which renews with it. */
async function prepare(configDir: string): Promise<{ readonly id: string; readonly url: string }> {
  const { accounts, lineages, client } = open(configDir);
  const key = await newKey();
  const { url } = await client.createAccount({ key, termsOfServiceAgreed: true });
  const { id } = await accounts.save({ key, url });
  for (const [name, account] of [['a.test', id], ['b.test', 'f'.repeat(32)]] as const) {
    const leafKey = await newKey();
    const now = new Date('2026-11-20T00:00:00Z');
    const { pem } = createCertificate({ subjectPublicKey: leafKey, issuer: 'self', identifiers: [{ type: 'dns', value: name }], serialBytes: Uint8Array.of(1), notBefore: now, notAfter: new Date('2027-02-18T00:00:00Z') });
    await lineages.create({ name, fullchainPem: pem, privateKeyPem: privateKeyToPem(leafKey), params: new Map([['account', account]]) });
  }
  await client.close();
  return { id, url };
}

const accountOf = ({ lineages }: Place, name: string) => lineages.load(name).conf.params.account;

describe('rolling over the key of a stored account', () => {
  test('killed anywhere: some key on the disk is the one that the CA has, and settling leaves one account and its lineages', async () => {
    for (let dieAt = 0, points = Infinity; dieAt <= points; dieAt++) {
      await using folder = await temporaryFolder('rollover');
      const { id, url } = await prepare(folder.path);
      const life = new Life(dieAt);
      const dying = open(folder.path, { disk: mortal(systemDisk, life), transport: mortal(createHttpsTransport(), life) });
      const outcome = await rollOverStoredAccount(dying.accounts, id, { client: dying.client, newKey: await newKey(), replaced: replacedIn(dying) }).catch((error: unknown) => error);
      if (dieAt === 0) points = life.points;
      else if (dieAt < points) expect({ dieAt, outcome }).toMatchObject({ outcome: expect.any(Error) as unknown });

      const place = open(folder.path);
      const keys = [...place.accounts.list(), ...place.accounts.reserved()].map(({ key }) => key);
      const urls = await Promise.all(keys.map(async (key) => (await place.client.findAccount({ key }))?.url));
      expect({ dieAt, urls }).toEqual({ dieAt, urls: expect.arrayContaining([url]) as unknown });

      await settleAccounts(place.accounts, { client: place.client, replaced: replacedIn(place) });
      const [account, ...others] = place.accounts.list();
      expect({ dieAt, others, reserved: place.accounts.reserved() }).toEqual({ dieAt, others: [], reserved: [] });
      expect(account?.url).toBe(url);
      expect(await place.client.openAccount(account ?? { key: keys[0] ?? (await newKey()), url: '' }).refresh()).toMatchObject({ status: 'valid' });
      expect({ dieAt, account: accountOf(place, 'a.test') }).toEqual({ dieAt, account: account?.id });
      expect(accountOf(place, 'b.test')).toBe('f'.repeat(32));
      await place.client.close();
    }
  });

  test('gives it another id, and the old key no longer signs', async () => {
    await using folder = await temporaryFolder('rollover');
    const { id, url } = await prepare(folder.path);
    const place = open(folder.path);
    const old = place.accounts.load(id);
    const changed = await rollOverStoredAccount(place.accounts, id, { client: place.client, newKey: await newKey(), replaced: replacedIn(place) });
    expect(changed).toMatchObject({ url });
    expect(place.accounts.list().map((one) => one.id)).toEqual([changed.id]);
    expect(await place.client.findAccount({ key: old.key })).toBeUndefined();
    await place.client.close();
  });

  test('refused: the old key goes on, the new one is forgotten, and another account that has it stays', async () => {
    await using folder = await temporaryFolder('rollover');
    const { id } = await prepare(folder.path);
    const place = open(folder.path);
    const taken = await newKey();
    await place.client.createAccount({ key: taken, termsOfServiceAgreed: true });
    const rollOver = () => rollOverStoredAccount(place.accounts, id, { client: place.client, newKey: taken, replaced: replacedIn(place) });
    await expect(rollOver()).rejects.toMatchObject({ code: 'problem', status: 409 });
    expect([place.accounts.list().map((one) => one.id), place.accounts.reserved()]).toEqual([[id], []]);
    const other = await place.accounts.save({ key: taken, url: (await place.client.findAccount({ key: taken }))?.url ?? '' });
    await expect(rollOver()).rejects.toMatchObject({ code: 'problem', status: 409 });
    expect(place.accounts.list().map((one) => one.id).sort()).toEqual([id, other.id].sort());
    await place.client.close();
  });
});

describe('a key that was reserved for a registration', () => {
  test('becomes an account where the CA knows it, and goes where it does not; neither counts as an account before', async () => {
    await using folder = await temporaryFolder('reserved');
    const place = open(folder.path);
    const [registered, unknown] = [await newKey(), await newKey()];
    await place.accounts.reserve(registered);
    await place.accounts.reserve(unknown);
    expect([place.accounts.list(), place.accounts.reserved().length]).toEqual([[], 2]);
    const { url } = await place.client.createAccount({ key: registered, termsOfServiceAgreed: true });
    await settleAccounts(place.accounts, { client: place.client, replaced: replacedIn(place) });
    expect(place.accounts.list()).toMatchObject([{ url }]);
    expect(place.accounts.reserved()).toEqual([]);
    await place.client.close();
  });
});
