import { createHash } from 'node:crypto';
import { neverSignal } from '@certward/base';
import { createFakeClock } from '@certward/testing';
import { afterEach, describe, expect, test } from 'vitest';
import { type ServedRecord, startDnsServer } from '../testing/dns-server.ts';
import { accountLabel } from './dns-01.ts';
import { createNetworkValidator } from './network-validator.ts';
import type { ValidationRequest } from './validator.ts';

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one[Symbol.asyncDispose]();
});

const accountUrl = 'https://example.com/acme/acct/ExampleAccount';
const keyAuthorization = 'token.thumbprint';
const digest = createHash('sha256').update(keyAuthorization).digest('base64url');

async function validate(records: ServedRecord[], request: Partial<ValidationRequest> = {}, options: { readonly caaIdentities?: string[] } = {}): Promise<void> {
  const server = await startDnsServer(records);
  open.push(server);
  const validator = createNetworkValidator({ dnsServers: [server.address], timeoutMs: 500, issuerDomainNames: ['ca.test'], clock: createFakeClock(), ...options });
  await validator.validate(
    { type: 'dns-01', identifier: { type: 'dns', value: 'a.test' }, wildcard: false, token: 'token', keyAuthorization, accountUrl, ...request },
    { signal: neverSignal },
  );
}

const txt = (name: string, ...data: string[]): ServedRecord => ({ name, type: 'TXT', data });

describe('DNS-01', () => {
  test('is proven by one of several TXT values', async () => {
    await expect(validate([txt('_acme-challenge.a.test', 'other'), txt('_acme-challenge.a.test', digest)])).resolves.toBeUndefined();
  });

  test('is proven through a delegation', async () => {
    const delegated: ServedRecord[] = [{ name: '_acme-challenge.a.test', type: 'CNAME', data: 'x.elsewhere.test' }, txt('x.elsewhere.test', digest)];
    await expect(validate(delegated)).resolves.toBeUndefined();
  });

  test.each([
    { name: 'no record', records: [], says: 'no TXT record found at "_acme-challenge.a.test"' },
    { name: 'another value', records: [txt('_acme-challenge.a.test', 'x')], says: 'none of the 1 TXT records at "_acme-challenge.a.test" has the expected value' },
    { name: 'the value in another place', records: [txt('a.test', digest)], says: 'no TXT record found at "_acme-challenge.a.test"' },
    { name: 'the value with something behind', records: [txt('_acme-challenge.a.test', digest, ' ')], says: 'none of the 1 TXT records at "_acme-challenge.a.test" has the expected value' },
  ])('is not proven by $name', async ({ records, says }) => {
    await expect(validate(records)).rejects.toMatchObject({ code: 'unauthorized', message: says });
  });
});

describe('DNS-ACCOUNT-01', () => {
  test.each([
    [accountUrl, 'ujmmovf2vn55tgye'],
    ['https://acme-v02.api.letsencrypt.org/acme/acct/12345', 'lvrajhh53e27yh7f'],
    ['', '4oymiquy7qobjgx3'],
    ['https://example.com/acme/acct/1', 'vrr7uudrklshxb6l'],
    ['http://localhost:4000/acme/acct/1', 'vkbgbqfhr6yv2asd'],
  ])('labels the account %j as %s', (url, label) => {
    expect(accountLabel(url)).toBe(label);
  });

  test('is proven under the label of the account only', async () => {
    await validate([txt('_ujmmovf2vn55tgye._acme-challenge.a.test', digest)], { type: 'dns-account-01' });
    await expect(validate([txt('_acme-challenge.a.test', digest)], { type: 'dns-account-01' })).rejects.toMatchObject({ code: 'unauthorized' });
  });
});

describe('DNS-PERSIST-01', () => {
  const record = (value: string) => [txt('_validation-persist.a.test', value)];
  const request = { type: 'dns-persist-01', token: '', keyAuthorization: '' } as const;

  test.each([
    { name: 'names authority and account', value: `ca.test; accounturi=${accountUrl}`, wildcard: false, problem: undefined },
    { name: 'has unknown parameters', value: `CA.test ;accounturi=${accountUrl};x=y`, wildcard: false, problem: undefined },
    { name: 'covers wildcards', value: `ca.test; accounturi=${accountUrl}; policy=wildcard`, wildcard: true, problem: undefined },
    { name: 'has not ended', value: `ca.test; accounturi=${accountUrl}; persistUntil=1800000000`, wildcard: false, problem: undefined },
    { name: 'does not cover wildcards', value: `ca.test; accounturi=${accountUrl}`, wildcard: true, problem: 'unauthorized' },
    { name: 'has ended', value: `ca.test; accounturi=${accountUrl}; persistUntil=1767225600`, wildcard: false, problem: 'unauthorized' },
    { name: 'names another account', value: `ca.test; accounturi=${accountUrl}x`, wildcard: false, problem: 'unauthorized' },
    { name: 'names no account', value: 'ca.test', wildcard: false, problem: 'unauthorized' },
    { name: 'names another authority', value: `other.test; accounturi=${accountUrl}`, wildcard: false, problem: 'unauthorized' },
    { name: 'repeats a parameter', value: `ca.test; accounturi=${accountUrl}; accounturi=x`, wildcard: false, problem: 'malformed' },
    { name: 'has a parameter without value', value: `ca.test; accounturi`, wildcard: false, problem: 'malformed' },
    { name: 'has an end that is no number', value: `ca.test; accounturi=${accountUrl}; persistUntil=soon`, wildcard: false, problem: 'malformed' },
    { name: 'is a note', value: 'hello; world', wildcard: false, problem: 'unauthorized' },
  ])('with a record that $name gives $problem', async ({ problem, value, wildcard }) => {
    const validation = validate(record(value), { ...request, wildcard });
    if (problem === undefined) await validation;
    else await expect(validation).rejects.toMatchObject({ code: problem });
  });

  test('joins long records from their parts', async () => {
    const long = `ca.test; accounturi=${accountUrl}; note=${'x'.repeat(300)}`;
    await expect(validate([txt('_validation-persist.a.test', long.slice(0, 200), long.slice(200))], request)).resolves.toBeUndefined();
  });
});

describe('CAA', () => {
  const proof = (name: string) => txt(`_acme-challenge.${name}`, digest);
  const caa = (name: string, tag: string, value: string, issuerCritical = false): ServedRecord => ({ name, type: 'CAA', data: { tag, value, issuerCritical, flags: issuerCritical ? 128 : 0 } });
  const options = { caaIdentities: ['ca.test'] };

  test.each<{ name: string; records: ServedRecord[]; wildcard?: boolean; allowed: boolean }>([
    { name: 'no records', records: [], allowed: true },
    { name: 'our name', records: [caa('w.a.test', 'issue', 'ca.test')], allowed: true },
    { name: 'our name among others', records: [caa('w.a.test', 'issue', 'other.test'), caa('w.a.test', 'ISSUE', ' CA.test ; x=1')], allowed: true },
    { name: 'another name', records: [caa('w.a.test', 'issue', 'other.test')], allowed: false },
    { name: 'nobody', records: [caa('w.a.test', 'issue', ';')], allowed: false },
    { name: 'another name at the parent', records: [caa('a.test', 'issue', 'other.test')], allowed: false },
    { name: 'another name at the top', records: [caa('test', 'issue', 'other.test')], allowed: false },
    { name: 'our name, and another at the parent', records: [caa('w.a.test', 'issue', 'ca.test'), caa('a.test', 'issue', 'other.test')], allowed: true },
    { name: 'a report address only', records: [caa('w.a.test', 'iodef', 'mailto:a@a.test')], allowed: true },
    { name: 'an unknown critical property', records: [caa('w.a.test', 'issue', 'ca.test'), caa('w.a.test', 'tbs', 'x', true)], allowed: false },
    { name: 'an unknown property', records: [caa('w.a.test', 'issue', 'ca.test'), caa('w.a.test', 'tbs', 'x')], allowed: true },
    { name: 'another name for wildcards', records: [caa('w.a.test', 'issue', 'ca.test'), caa('w.a.test', 'issuewild', 'other.test')], wildcard: true, allowed: false },
    { name: 'another name for wildcards only', records: [caa('w.a.test', 'issue', 'ca.test'), caa('w.a.test', 'issuewild', 'other.test')], allowed: true },
    { name: 'our name for all', records: [caa('w.a.test', 'issue', 'ca.test')], wildcard: true, allowed: true },
    { name: 'our name for this account', records: [caa('w.a.test', 'issue', `ca.test; accounturi=${accountUrl}`)], allowed: true },
    { name: 'our name for another account', records: [caa('w.a.test', 'issue', 'ca.test; accounturi=https://ca.test/other')], allowed: false },
    { name: 'our name for this method', records: [caa('w.a.test', 'issue', 'ca.test; validationmethods=http-01,dns-01')], allowed: true },
    { name: 'our name for another method', records: [caa('w.a.test', 'issue', 'ca.test; validationmethods=http-01')], allowed: false },
    { name: 'our name with a repeated parameter', records: [caa('w.a.test', 'issue', 'ca.test; a=b; a=c')], allowed: false },
    { name: 'another name behind an alias', records: [{ name: 'w.a.test', type: 'CNAME', data: 'x.test' }, caa('x.test', 'issue', 'other.test')], allowed: false },
  ])('with $name allows: $allowed', async ({ allowed, records, wildcard = false }) => {
    const validation = validate([proof('w.a.test'), ...records], { identifier: { type: 'dns', value: 'w.a.test' }, wildcard }, options);
    if (allowed) await validation;
    else await expect(validation).rejects.toMatchObject({ code: 'caa', status: 403 });
  });
});
