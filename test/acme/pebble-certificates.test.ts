// Certificates from Pebble: keys, chains, profiles, renewal information, and their revocation.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeKey, generatePrivateKey, isIssuedBy, type KeySpec, keysMatch, parseCertificate, renewalInfoCertId, verifySignature } from '@certward/pki';
import type { Account } from '@certward/acme';
import { type Lane, identifiers, openLane, p256, requireFeature } from './support/lane.ts';
import { failOnLeaks } from './support/leaks.ts';

failOnLeaks();

const dayMs = 86_400_000;

describe.each(['2.10', '2.4'] as const)('pebble %s', (version) => {
  let lane: Lane;
  let account: Account;
  beforeAll(async () => {
    lane = await openLane({ version, alternateRoots: 2, chainLength: 2 });
    account = await lane.newAccount();
  });
  afterAll(async () => {
    await lane[Symbol.asyncDispose]();
  });

  test.each([
    { name: 'P-256', spec: p256 },
    { name: 'P-384', spec: { type: 'ecdsa', curve: 'P-384' } },
    { name: 'P-521', spec: { type: 'ecdsa', curve: 'P-521' } },
    { name: 'RSA 2048', spec: { type: 'rsa', bits: 2048 } },
  ] as const)('a leaf with a $name key', async ({ spec }: { spec: KeySpec }) => {
    const key = await generatePrivateKey(spec);
    const { chain } = await lane.obtain(account, ['leaf.example.org'], { key });
    const [leaf] = chain;
    expect(leaf !== undefined && keysMatch(key, leaf.publicKey)).toBe(true);
    expect(leaf === undefined ? undefined : describeKey(leaf.publicKey)).toEqual(spec);
  });

  test('the chain links up to the first root, and the root is not in it', async () => {
    const { chain } = await lane.obtain(account, ['chain.example.org']);
    const [root] = (await lane.pebble.roots()).map((pem) => parseCertificate(pem));
    expect(chain).toHaveLength(3);
    expect(chain.some((one) => one.selfIssued)).toBe(false);
    const top = chain.at(-1);
    expect(root !== undefined && top !== undefined && isIssuedBy(top, root) && verifySignature(top, root)).toBe(true);
  });

  test('a preferred chain is found among the alternates by the name of its root; an unknown name gives the default', async () => {
    const roots = (await lane.pebble.roots()).map((pem) => parseCertificate(pem).subjectCommonName ?? '');
    expect(new Set(roots).size).toBe(3);
    const tops: (string | undefined)[] = [];
    for (const preferredChain of [...roots, 'No Such Root']) {
      const { chain } = await lane.obtain(account, ['preferred.example.org'], { preferredChain });
      tops.push(chain.at(-1)?.issuerCommonName);
    }
    expect(tops).toEqual([...roots, roots[0]]);
  });

  test('all alternates are there for who asks', async () => {
    const { orderUrl } = await lane.obtain(account, ['alternates.example.org']);
    const order = await account.openOrder(orderUrl);
    const downloaded = await order.downloadCertificate({ fetchAlternates: true });
    expect(downloaded.alternates).toHaveLength(2);
    for (const { certificates } of downloaded.alternates) expect(certificates[0]?.fingerprintSha256).toBe(downloaded.chain[0]?.fingerprintSha256);
  });

  test('the times of an order may be asked for', async () => {
    const notBefore = new Date(Math.floor((await firstInstant()) / 1000) * 1000);
    const notAfter = new Date(notBefore.getTime() + 3 * dayMs);
    const { chain } = await lane.obtain(account, ['times.example.org'], { notBefore, notAfter });
    expect(chain[0]?.notAfter).toEqual(notAfter);
  });

  /** An instant shortly after the chain's intermediates began. */
  async function firstInstant(): Promise<number> {
    const [intermediate] = await lane.pebble.intermediates();
    return parseCertificate(intermediate ?? '').notBefore.getTime() + 1_000;
  }

  describe('revocation', () => {
    const serialOf = (chain: readonly { serial: string }[]) => (chain[0]?.serial ?? '').replace(/^00/, '');

    test('by the account that ordered, with a reason; twice is a success that says so', async () => {
      const { chain, certificatePem } = await lane.obtain(account, ['revoke-by-account.example.org']);
      expect(await account.revoke({ certificate: certificatePem, reason: 'superseded' })).toEqual({ wasAlreadyRevoked: false });
      expect(await lane.pebble.certificateStatus(serialOf(chain))).toMatchObject({ status: 'Revoked', reason: 4 });
      expect(await account.revoke({ certificate: certificatePem })).toEqual({ wasAlreadyRevoked: true });
    });

    test('by the key of the certificate, without any account', async () => {
      const { chain, certificatePem, key } = await lane.obtain(account, ['revoke-by-key.example.org']);
      expect(await lane.client.revokeWithCertificateKey({ certificate: certificatePem, key, reason: 'keyCompromise' })).toEqual({ wasAlreadyRevoked: false });
      expect(await lane.pebble.certificateStatus(serialOf(chain))).toMatchObject({ status: 'Revoked', reason: 1 });
      expect(await lane.client.revokeWithCertificateKey({ certificate: certificatePem, key })).toEqual({ wasAlreadyRevoked: true });
    });

    test('by another account or another key is refused', async () => {
      const { certificatePem } = await lane.obtain(account, ['revoke-by-stranger.example.org']);
      const stranger = await lane.newAccount();
      await expect(stranger.revoke({ certificate: certificatePem })).rejects.toMatchObject({ code: 'problem', type: 'unauthorized', status: 403 });
      const key = await generatePrivateKey(p256);
      await expect(lane.client.revokeWithCertificateKey({ certificate: certificatePem, key })).rejects.toMatchObject({ code: 'problem', status: 403 });
    });
  });
});

describe('profiles', () => {
  let lane: Lane;
  let account: Account;
  beforeAll(async () => {
    lane = await openLane();
    await requireFeature(lane.client, 'profiles');
    account = await lane.newAccount();
  });
  afterAll(async () => {
    await lane[Symbol.asyncDispose]();
  });
  const daysOf = (chain: readonly { notBefore: Date; notAfter: Date }[]) =>
    Math.round(((chain[0]?.notAfter.getTime() ?? 0) - (chain[0]?.notBefore.getTime() ?? 0)) / dayMs);

  test.each([
    { profile: 'shortlived', days: 6 },
    { profile: 'default', days: 90 },
  ])('$profile gives $days days, and the order names it', async ({ profile, days }) => {
    const { chain, orderUrl } = await lane.obtain(account, [`${profile}.profile.example.org`], { profile });
    expect(daysOf(chain)).toBe(days);
    expect((await account.openOrder(orderUrl)).state.profile).toBe(profile);
  });

  test('one that is not offered is refused before any order is made, with the list of those that are', async () => {
    await expect(lane.obtain(account, ['x.profile.example.org'], { profile: 'eternal' })).rejects.toMatchObject({
      code: 'profileNotOffered',
      details: { offered: ['default', 'shortlived'] },
    });
    expect(await account.findOpenOrder({ identifiers: identifiers(['x.profile.example.org']) })).toBeUndefined();
  });

  test('one that is only preferred and not offered does not stop the order', async () => {
    const { chain } = await lane.obtain(account, ['preferred.profile.example.org'], { preferredProfile: 'eternal' });
    expect(chain).toHaveLength(2);
  });
});

describe('renewal information', () => {
  let lane: Lane;
  let account: Account;
  beforeAll(async () => {
    lane = await openLane();
    await requireFeature(lane.client, 'renewalInfo');
    account = await lane.newAccount();
  });
  afterAll(async () => {
    await lane[Symbol.asyncDispose]();
  });
  const obtainOne = async (name: string) => {
    const { chain } = await lane.obtain(account, [name], { profile: 'default' });
    const [leaf] = chain;
    if (leaf === undefined) throw new Error('no leaf');
    return leaf;
  };
  const force = (pem: string, start: string, end: string, more = {}) =>
    lane.pebble.setRenewalInfo(pem, JSON.stringify({ suggestedWindow: { start, end }, ...more }));

  test('a window inside the life of the certificate, and when to ask again', async () => {
    const leaf = await obtainOne('ari.example.org');
    const { suggestedWindow, retryAfterSeconds } = await lane.client.renewalInfo(leaf);
    expect(suggestedWindow.start.getTime()).toBeGreaterThan(leaf.notBefore.getTime());
    expect(suggestedWindow.end.getTime()).toBeLessThan(leaf.notAfter.getTime());
    expect(retryAfterSeconds).toBeGreaterThanOrEqual(60);
    expect(await lane.client.renewalInfo(renewalInfoCertId(leaf))).toMatchObject({ suggestedWindow });
  });

  test('a window forced to now, its explanation, and the renewal that replaces; a second replacement goes without', async () => {
    const leaf = await obtainOne('forced.example.org');
    await force(leaf.pem, '2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z', { explanationURL: 'https://ca.example/incident' });
    expect(await lane.client.renewalInfo(leaf)).toMatchObject({
      suggestedWindow: { start: new Date('2026-01-01T00:00:00Z'), end: new Date('2026-01-02T00:00:00Z') },
      explanationUrl: 'https://ca.example/incident',
    });
    const replaces = renewalInfoCertId(leaf);
    const renewed = await lane.obtain(account, ['forced.example.org'], { replaces, profile: 'default' });
    expect((await account.openOrder(renewed.orderUrl)).state.replaces).toBe(replaces);

    const second = await account.createOrder({ identifiers: identifiers(['forced.example.org']), replaces });
    expect(second.replacesRefused).toMatchObject({ type: 'alreadyReplaced', status: 409 });
    expect(second.state.replaces).toBeUndefined();
  });

  test('a predecessor with other names is refused by the server, and the order goes without it', async () => {
    const leaf = await obtainOne('other-names.example.org');
    const order = await account.createOrder({ identifiers: identifiers(['unrelated.example.org']), replaces: renewalInfoCertId(leaf) });
    expect(order.replacesRefused?.status).toBeGreaterThanOrEqual(400);
    expect(order.state.replaces).toBeUndefined();
  });

  test.each([
    { name: 'a window that ends before it starts', body: '{"suggestedWindow":{"start":"2027-01-02T00:00:00Z","end":"2027-01-01T00:00:00Z"}}' },
    { name: 'no window', body: '{}' },
    { name: 'no JSON', body: 'soon' },
  ])('$name counts as no information, to be asked for again in six hours', async ({ body }) => {
    const leaf = await obtainOne('broken-ari.example.org');
    await lane.pebble.setRenewalInfo(leaf.pem, body);
    await expect(lane.client.renewalInfo(leaf)).rejects.toMatchObject({ code: 'renewalInfoUnavailable', retry: { afterSeconds: 21_600 } });
  });

  test('a server without it says so at once', async () => {
    await using old = await openLane({ version: '2.4' });
    const leaf = await obtainOne('old.example.org');
    await expect(old.client.renewalInfo(leaf)).rejects.toMatchObject({ code: 'unsupportedByServer' });
    const oldAccount = await old.newAccount();
    const order = await oldAccount.createOrder({ identifiers: identifiers(['old.example.org']), replaces: renewalInfoCertId(leaf) });
    expect(order.replacesRefused).toBeUndefined();
  });
});
