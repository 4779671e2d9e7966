// Accounts against Pebble: registration with and without external binding, keys, rollover, contacts, orders, the end.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Secret } from '@certward/base';
import { generatePrivateKey, type KeySpec, keysMatch } from '@certward/pki';
import { type Lane, identifiers, openLane, p256 } from './support/lane.ts';
import { failOnLeaks } from './support/leaks.ts';

failOnLeaks();

describe.each(['2.10', '2.4'] as const)('pebble %s', (version) => {
  let lane: Lane;
  beforeAll(async () => {
    lane = await openLane({ version, ordersPerPage: 3 });
  });
  afterAll(async () => {
    await lane[Symbol.asyncDispose]();
  });

  test.each([
    { name: 'P-256', keySpec: p256 },
    { name: 'P-384', keySpec: { type: 'ecdsa', curve: 'P-384' } },
    { name: 'P-521', keySpec: { type: 'ecdsa', curve: 'P-521' } },
    { name: 'RSA 2048', keySpec: { type: 'rsa', bits: 2048 } },
  ] as const)('a $name key registers, signs an order, and leads back to its account', async ({ keySpec }: { keySpec: KeySpec }) => {
    const account = await lane.newAccount({ keySpec });
    expect(account.isNew).toBe(true);
    const { chain } = await lane.obtain(account, [`${account.url.split('/').at(-1)?.toLowerCase().replaceAll(/[^a-z0-9]/g, '') ?? ''}.account-key.example.org`]);
    expect(chain).toHaveLength(2);
    expect((await lane.client.findAccount({ key: account.key }))?.url).toBe(account.url);
  });

  test('an Ed25519 key is refused by this server with a problem that says so', async () => {
    const refusal = lane.newAccount({ keySpec: { type: 'ed25519' } });
    await expect(refusal).rejects.toMatchObject({ code: 'problem', type: version === '2.10' ? 'badSignatureAlgorithm' : 'badPublicKey', status: 400 });
  });

  test('registering twice gives the same account, a key that was never registered none', async () => {
    const account = await lane.newAccount();
    const again = await lane.client.createAccount({ key: account.key, termsOfServiceAgreed: true });
    expect(again).toMatchObject({ url: account.url, isNew: false });
    expect(await lane.client.findAccount({ key: await generatePrivateKey(p256) })).toBeUndefined();
  });

  test('without agreement to the terms the account is refused', async () => {
    const refusal = lane.client.createAccount({ key: await generatePrivateKey(p256) });
    await expect(refusal).rejects.toMatchObject({ code: 'problem', type: version === '2.10' ? 'userActionRequired' : 'agreementRequired', status: 403 });
  });

  test('contacts are changed, and malformed ones refused', async () => {
    const account = await lane.newAccount();
    expect(await account.update({ contact: ['mailto:admin@example.org', 'mailto:second@example.org'] })).toMatchObject({
      contact: ['mailto:admin@example.org', 'mailto:second@example.org'],
    });
    expect((await account.refresh()).contact).toHaveLength(2);
    await expect(account.update({ contact: ['tel:+431234567'] })).rejects.toMatchObject({ code: 'problem', type: expect.stringMatching(/^(?:un|in)/) as string });
  });

  test('a deactivated account signs nothing more', async () => {
    const account = await lane.newAccount();
    await account.deactivate();
    await expect(account.createOrder({ identifiers: identifiers(['late.example.org']) })).rejects.toMatchObject({ code: 'problem', type: 'unauthorized' });
  });

  test('the list of orders is read to its last page', async () => {
    const account = await lane.newAccount();
    const made: string[] = [];
    for (let index = 0; index < 7; index++) made.push((await account.createOrder({ identifiers: identifiers([`o${index}.list.example.org`]) })).url);
    expect([...(await account.listOrders())].sort()).toEqual([...made].sort());
    expect(await account.listOrders({ limit: 2 })).toHaveLength(2);
    const found = await account.findOpenOrder({ identifiers: identifiers(['o5.list.example.org']) });
    expect(found?.url).toBe(made[5]);
  });

  describe('key rollover', () => {
    test('the new key signs and finds the account, the old one no longer', async () => {
      const account = await lane.newAccount();
      const [oldKey, newKey] = [account.key, await generatePrivateKey({ type: 'ecdsa', curve: 'P-384' })];
      await account.rolloverKey(newKey);
      expect(keysMatch(account.key, newKey)).toBe(true);
      await account.refresh();
      expect((await lane.client.findAccount({ key: newKey }))?.url).toBe(account.url);
      expect(await lane.client.findAccount({ key: oldKey })).toBeUndefined();
    });

    test('to a key of another account is never believed, and the old key goes on signing', async () => {
      const [account, other] = [await lane.newAccount(), await lane.newAccount()];
      const oldKey = account.key;
      // 2.10 answers 200 and changes nothing, 2.4 has an internal error: neither is a change of key.
      await expect(account.rolloverKey(other.key)).rejects.toMatchObject({ code: version === '2.10' ? 'keyRolloverUnproven' : 'problem' });
      expect(keysMatch(account.key, oldKey)).toBe(true);
      expect((await account.refresh()).status).toBe('valid');
      expect((await other.refresh()).status).toBe('valid');
    });
  });
});

describe.each(['2.10', '2.4'] as const)('external account binding with pebble %s', (version) => {
  const hmacKey = 'zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W';
  const otherKey = 'b10lLJs8l1GPIzsLP0s6pMt8O0XVGnfTaCeROxQM0BIt2XrJMDHJZBM5NuQmQJQH';
  // RFC 7518 §3.2: a key is at least as long as its hash; 2.10 insists.
  const longKey = Buffer.from('a key for HS512 has to have sixty-four octets, and this one has!').toString('base64url');
  let lane: Lane;
  beforeAll(async () => {
    lane = await openLane({ version, externalAccountKeys: { 'kid-1': hmacKey, 'kid-2': otherKey, 'kid-long': longKey } });
  });
  afterAll(async () => {
    await lane[Symbol.asyncDispose]();
  });
  const register = async (externalAccountBinding?: { kid: string; hmacKey: Secret; algorithm?: 'HS256' | 'HS384' | 'HS512' }) =>
    await lane.client.createAccount({
      key: await generatePrivateKey(p256),
      termsOfServiceAgreed: true,
      ...(externalAccountBinding === undefined ? {} : { externalAccountBinding }),
    });

  test.each(['HS256', 'HS384', 'HS512'] as const)('a good one with %s registers', async (algorithm) => {
    const account = await register({ kid: 'kid-long', hmacKey: new Secret(longKey), algorithm });
    expect(account.isNew).toBe(true);
  });

  test('the directory says that it is needed', async () => {
    expect((await lane.client.directory()).meta.externalAccountRequired).toBe(true);
  });

  test.each([
    { name: 'a missing one', binding: undefined, type: 'externalAccountRequired' },
    { name: 'a wrong key', binding: { kid: 'kid-1', hmacKey: new Secret(otherKey) }, type: 'unauthorized' },
    { name: 'an unknown key id', binding: { kid: 'kid-9', hmacKey: new Secret(hmacKey) }, type: 'unauthorized' },
  ])('$name is refused as $type', async ({ binding, type }) => {
    await expect(register(binding)).rejects.toMatchObject({ code: 'problem', type, status: 403 });
  });

  test('a key with padding in the standard alphabet, as people paste it, is put right', async () => {
    const pasted = ` ${Buffer.from(hmacKey, 'base64url').toString('base64')}==\n`;
    const account = await register({ kid: 'kid-1', hmacKey: new Secret(pasted) });
    expect(account.isNew).toBe(true);
  });
});
