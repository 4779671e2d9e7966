// The suite that every DNS provider passes, ours and third parties' alike. The test runner is passed in; expectations
// are node:assert, so that any runner shows them.
import { deepEqual, equal, fail, notEqual, ok, rejects } from 'node:assert/strict';
import { inspect } from 'node:util';
import { AppError } from '@certward/base';
import type { DnsProvider, DnsRecordType, DnsRecordValue, Json } from '../ports.ts';

/** The part of a test runner that the suite uses; Vitest, Jest and node:test all have it. */
export interface ConformanceRunner {
  readonly describe: (name: string, body: () => void) => void;
  readonly test: (name: string, body: () => Promise<void>) => void;
}

/** A provider with a real or faithful server behind it. */
export interface DnsProviderUnderTest {
  readonly provider: DnsProvider;
  /** A zone that the credentials reach, without `_acme-challenge` records. */
  readonly zone: string;
  /** A zone that they do not reach. */
  readonly foreignZone: string;
  /** The record types that the provider edits. TXT must be among them. */
  readonly types: readonly DnsRecordType[];
  /** Every credential the provider holds, in each form that could leak. */
  readonly secrets: readonly string[];
  /** What the server really has, read around the provider. TTL and order do not matter. */
  readonly readValues: (fqdn: string, type: DnsRecordType) => Promise<readonly string[]>;
  /** Adds a TXT value around the provider, as somebody else would. */
  readonly addForeignValue: (fqdn: string, value: string) => Promise<void>;
}

/**
 * Registers the suite. `subject` is called inside each test; it may give the same provider every time, because each
 * test uses a name of its own.
 *
 * ```ts
 * testDnsProvider('rfc2136', { describe, test }, async () => ({ provider, zone: 'example.test', … }));
 * ```
 */
export function testDnsProvider(name: string, runner: ConformanceRunner, subject: () => Promise<DnsProviderUnderTest>): void {
  runner.describe(`DNS provider ${name}`, () => {
    for (const [sentence, body] of Object.entries(cases)) {
      runner.test(sentence, async () => body(await subject()));
    }
  });
}

/** One value of each type that differs in nothing but itself. */
const sampleValues = {
  TXT: ['v=spf1 "quoted" -all', 'k'.repeat(400)],
  A: ['192.0.2.1', '192.0.2.2'],
  AAAA: ['2001:db8::1', '2001:db8::2'],
  CNAME: ['target.example.net'],
  MX: ['10 mail.example.net', '20 backup.example.net'],
  CAA: ['0 issue "ca.example.net"', '128 issuewild ";"'],
  TLSA: [`3 1 1 ${'ab'.repeat(32)}`, `3 1 1 ${'cd'.repeat(32)}`],
} satisfies Record<DnsRecordType, readonly string[]>;

const cases: Readonly<Record<string, (subject: DnsProviderUnderTest) => Promise<void>>> = {
  'adds a value that the server then has': async (subject) => {
    const record = txt(subject, 'adds', 'one');
    await subject.provider.addValue(record);
    await expectValues(subject, record, ['one']);
  },
  'keeps the values of an apex and its wildcard side by side, and removes just one': async (subject) => {
    const apex = txt(subject, 'both', 'for the apex');
    const wildcard = { ...apex, value: 'for the wildcard' };
    const handle = await subject.provider.addValue(apex);
    await subject.provider.addValue(wildcard);
    await expectValues(subject, apex, [apex.value, wildcard.value]);
    await subject.provider.removeValue(apex, handle);
    await expectValues(subject, apex, [wildcard.value]);
  },
  'keeps both values when they are added at the same time': async (subject) => {
    const first = txt(subject, 'parallel', 'first');
    const second = { ...first, value: 'second' };
    await Promise.all([subject.provider.addValue(first), subject.provider.addValue(second)]);
    await expectValues(subject, first, ['first', 'second']);
    await Promise.all([subject.provider.removeValue(first, undefined), subject.provider.removeValue(second, undefined)]);
    await expectValues(subject, first, []);
  },
  'leaves the values of others alone': async (subject) => {
    const record = txt(subject, 'foreign', 'ours');
    await subject.addForeignValue(record.fqdn, 'theirs');
    const handle = await subject.provider.addValue(record);
    await expectValues(subject, record, ['ours', 'theirs']);
    await subject.provider.removeValue(record, handle);
    await expectValues(subject, record, ['theirs']);
  },
  'adds a value once, however often it is asked': async (subject) => {
    const record = txt(subject, 'twice', 'same');
    await subject.provider.addValue(record);
    await subject.provider.addValue(record);
    await expectValues(subject, record, ['same']);
    await subject.provider.removeValue(record, undefined);
    await expectValues(subject, record, []);
  },
  'removes a value without its handle, as after a crash, and an absent one too': async (subject) => {
    const record = txt(subject, 'crash', 'left behind');
    await subject.provider.addValue(record);
    await subject.provider.removeValue(record, undefined);
    await expectValues(subject, record, []);
    await subject.provider.removeValue(record, undefined);
    await subject.provider.removeValue(txt(subject, 'never-there', 'nothing'), undefined);
  },
  'gives handles that survive being written to a file': async (subject) => {
    const record = txt(subject, 'handle', 'kept');
    const handle = await subject.provider.addValue(record);
    const read = JSON.parse(JSON.stringify(handle)) as Json;
    deepEqual(read, handle);
    await subject.provider.removeValue(record, read);
    await expectValues(subject, record, []);
  },
  'tells values apart by case': async (subject) => {
    const lower = txt(subject, 'case', 'abcdef');
    const upper = { ...lower, value: 'ABCDEF' };
    await subject.provider.addValue(lower);
    await subject.provider.addValue(upper);
    await subject.provider.removeValue(lower, undefined);
    await expectValues(subject, lower, ['ABCDEF']);
  },
  'writes and removes at the apex of the zone': async (subject) => {
    const record = { ...txt(subject, '', 'certward conformance'), fqdn: subject.zone };
    const before = await subject.readValues(subject.zone, 'TXT');
    await subject.provider.addValue(record);
    await expectValues(subject, record, [...before, record.value]);
    await subject.provider.removeValue(record, undefined);
    await expectValues(subject, record, before);
  },
  'edits every record type that it claims': async (subject) => {
    for (const type of subject.types) {
      for (const [index, value] of sampleValues[type].entries()) {
        const record = recordOfType(subject, type, value);
        await subject.provider.addValue(record);
        await expectValues(subject, record, sampleValues[type].slice(0, index + 1));
      }
      const [first = ''] = sampleValues[type];
      const record = recordOfType(subject, type, first);
      await subject.provider.removeValue(record, undefined);
      await expectValues(subject, record, sampleValues[type].slice(1));
    }
  },
  'reads what the server has, where it can read': async (subject) => {
    const record = txt(subject, 'read', 'to be read');
    await subject.provider.addValue(record);
    const values = await subject.provider.readRecordSet(record);
    if (values !== undefined) deepEqual(values, ['to be read']);
    const none = await subject.provider.readRecordSet(txt(subject, 'read-nothing', ''));
    if (none !== undefined) deepEqual(none, []);
  },
  'lists the zones it reaches, where it can list': async ({ provider, zone, foreignZone }) => {
    const zones = await provider.listZones();
    if (zones === undefined) return;
    ok(zones.includes(zone), `${zone} is not listed`);
    ok(!zones.includes(foreignZone), `${foreignZone} is listed`);
    for (const listed of zones) equal(listed, listed.toLowerCase().replace(/\.$/, ''), 'zones are lower-case, without trailing dot');
  },
  'explains a zone that it does not reach, without any credential': async ({ provider, foreignZone, secrets }) => {
    const error = await provider
      .addValue({ zone: foreignZone, fqdn: `_acme-challenge.${foreignZone}`, type: 'TXT', value: 'no', ttlSeconds: 60 })
      .then(() => fail('the foreign zone was changed'))
      .catch((thrown: unknown) => thrown);
    ok(error instanceof AppError, `not an AppError: ${inspect(error)}`);
    notEqual(error.hint ?? provider.hint?.(error), undefined, 'nobody says what to do');
    const shown = `${inspect(error, { depth: 10, showHidden: true })}${JSON.stringify(error)}`;
    for (const secret of secrets) ok(!shown.includes(secret), 'a credential is in the error');
  },
  'shows no credential when it is printed': async ({ provider, secrets }) => {
    const shown = `${inspect(provider, { depth: 10, showHidden: true })}${JSON.stringify(provider)}`;
    for (const secret of secrets) ok(!shown.includes(secret), 'a credential is visible');
    await Promise.resolve();
  },
  'changes nothing once it was aborted': async (subject) => {
    const record = txt(subject, 'aborted', 'never');
    const reason = new Error('changed my mind');
    const signal = AbortSignal.abort(reason);
    await rejects(subject.provider.addValue(record, { signal }), (error) => error === reason);
    await rejects(subject.provider.removeValue(record, undefined, { signal }), (error) => error === reason);
    await expectValues(subject, record, []);
  },
  'has a patience that makes sense': async ({ provider }) => {
    ok(provider.propagationTimeoutSeconds >= 10 && provider.propagationTimeoutSeconds <= 3600);
    await Promise.resolve();
  },
};

function txt({ zone }: DnsProviderUnderTest, label: string, value: string): DnsRecordValue {
  return { zone, fqdn: `_acme-challenge.${label}.${zone}`, type: 'TXT', value, ttlSeconds: 60 };
}

/** Without an underscore: servers refuse addresses at names that no host can have (RFC 1123 §2.1). */
function recordOfType({ zone }: DnsProviderUnderTest, type: DnsRecordType, value: string): DnsRecordValue {
  return { zone, fqdn: `conformance-${type.toLowerCase()}.${zone}`, type, value, ttlSeconds: 60 };
}

async function expectValues(subject: DnsProviderUnderTest, { fqdn, type }: DnsRecordValue, values: readonly string[]): Promise<void> {
  deepEqual([...(await subject.readValues(fqdn, type))].sort(), [...values].sort());
}
