import { describe, expect, test } from 'vitest';

import { obtainCertificate } from './obtain.ts';
import { type RevocationReason, revocationReasons } from './revocation.ts';
import { names, recordingSolver, startFixture } from './testing/fixture.ts';
import { problem } from './testing/scripted-ca.ts';

describe('revocation', () => {
  test('by the account, with a reason; again is success', async () => {
    await using fixture = await startFixture();
    const account = await fixture.newAccount();
    const { chain } = await obtainCertificate({ account, identifiers: names('a.example'), key: await fixture.newKey(), solvers: [recordingSolver()] });
    const [certificate] = chain;
    if (certificate === undefined) throw new Error('no leaf');
    expect(await account.revoke({ certificate, reason: 'superseded' })).toEqual({ wasAlreadyRevoked: false });
    expect(fixture.ca.certificates[0]?.revoked).toBe(4);
    expect(await account.revoke({ certificate, reason: 'superseded' })).toEqual({ wasAlreadyRevoked: true });
  });

  test("by the certificate's key, without any account, from PEM", async () => {
    await using fixture = await startFixture();
    const account = await fixture.newAccount();
    const key = await fixture.newKey();
    const { certificatePem } = await obtainCertificate({ account, identifiers: names('a.example'), key, solvers: [recordingSolver()] });
    await expect(fixture.client.revokeWithCertificateKey({ certificate: certificatePem, key: await fixture.newKey() })).rejects.toMatchObject({ type: 'unauthorized' });
    expect(await fixture.client.revokeWithCertificateKey({ certificate: certificatePem, key })).toEqual({ wasAlreadyRevoked: false });
    expect(fixture.ca.certificates[0]?.revoked).toBeNull();
    expect(Object.keys(fixture.ca.headers.at(-1) ?? {})).toContain('jwk');
  });

  test('a reason that the ca does not take is explained', async () => {
    await using fixture = await startFixture();
    const account = await fixture.newAccount();
    const { chain } = await obtainCertificate({ account, identifiers: names('a.example'), key: await fixture.newKey(), solvers: [recordingSolver()] });
    fixture.ca.fault('revokeCert', () => problem('badRevocationReason', 400));
    await expect(account.revoke({ certificate: chain[0]?.der ?? '', reason: 'aACompromise' })).rejects.toMatchObject({ type: 'badRevocationReason' });
  });

  test('reasons are those of RFC 5280, without the unused seven', () => {
    const codes = (Object.keys(revocationReasons) as RevocationReason[]).map((name) => revocationReasons[name]);
    expect(codes).toEqual([0, 1, 2, 3, 4, 5, 6, 8, 9, 10]);
  });
});
