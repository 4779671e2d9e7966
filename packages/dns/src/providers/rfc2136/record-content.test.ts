import { decode, encode, type Packet } from 'dns-packet';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DnsRecordType } from '@certward/engine';
import { decodeContent, encodeContent, typeCodeOf } from './record-content.ts';
import { classCodes, concatBytes, encodeRecord, parseMessage, u16 } from './wire.ts';

/** A response with one record of this content. */
function messageWith(type: DnsRecordType, content: Uint8Array): Uint8Array {
  const record = encodeRecord({ name: 'owner.example.org', type: typeCodeOf(type), class: classCodes.in, ttlSeconds: 60, content });
  return concatBytes(u16(1), u16(0x8000), u16(0), u16(1), u16(0), u16(0), record);
}

function decodeFrom(bytes: Uint8Array, type: DnsRecordType): string {
  const message = parseMessage(bytes);
  const [record] = message.records;
  if (record === undefined) throw new Error('no record');
  return decodeContent(type, record, message);
}

const values: readonly (readonly [DnsRecordType, string, unknown])[] = [
  ['TXT', 'hello "world" \\', [Buffer.from('hello "world" \\')]],
  ['TXT', '', [Buffer.from('')]],
  ['TXT', 'x'.repeat(300), [Buffer.from('x'.repeat(255)), Buffer.from('x'.repeat(45))]],
  ['A', '192.0.2.255', '192.0.2.255'],
  ['AAAA', '2001:db8::1:0:0:1', '2001:db8::1:0:0:1'],
  ['AAAA', '::', '::'],
  ['CNAME', 'target.example.org', 'target.example.org'],
  ['MX', '10 mail.example.org', { preference: 10, exchange: 'mail.example.org' }],
  ['CAA', '0 issue "ca.example; accounturi=x"', { flags: 0, tag: 'issue', value: 'ca.example; accounturi=x', issuerCritical: false }],
  ['TLSA', '3 1 1 00ff10', { usage: 3, selector: 1, matchingType: 1, certificate: Buffer.from('00ff10', 'hex') }],
];

describe('record contents', () => {
  test.each(values)('%s %j reads the same in dns-packet and comes back', (type, value, expected) => {
    const bytes = messageWith(type, encodeContent(type, value));
    const packet = decode(Buffer.from(bytes)) as Packet & { answers: { name: string; type: string; data: unknown }[] };
    expect(packet.answers).toMatchObject([{ name: 'owner.example.org', type, data: expected }]);
    expect(decodeFrom(bytes, type)).toBe(value);
  });

  test('names that a server compressed are read', () => {
    const bytes = encode({ type: 'response', questions: [], answers: [{ name: 'a.example.org', type: 'MX', data: { preference: 5, exchange: 'mail.example.org' } }] });
    expect(decodeFrom(new Uint8Array(bytes), 'MX')).toBe('5 mail.example.org');
  });

  test('every text comes back', () => {
    const property = fc.property(fc.string({ unit: 'grapheme', maxLength: 900 }), (text) => {
      expect(decodeFrom(messageWith('TXT', encodeContent('TXT', text)), 'TXT')).toBe(text);
    });
    expect(() => fc.assert(property)).not.toThrow();
  });

  test('every IPv6 address comes back in its short form', () => {
    const property = fc.property(fc.ipV6(), (address) => {
      const short = new URL(`http://[${address}]`).hostname.slice(1, -1);
      expect(decodeFrom(messageWith('AAAA', encodeContent('AAAA', address)), 'AAAA')).toBe(short);
    });
    expect(() => fc.assert(property)).not.toThrow();
  });

  test.each([
    ['A', '192.0.2'],
    ['A', '::1'],
    ['AAAA', '192.0.2.1'],
    ['CNAME', 'a..b'],
    ['CNAME', 'x'.repeat(64)],
    ['MX', 'mail.example.org'],
    ['MX', '65536 mail.example.org'],
    ['CAA', '0 issue ca.example'],
    ['CAA', '256 issue "ca"'],
    ['TLSA', '3 1 1 abc'],
    ['TXT', 'x'.repeat(60_001)],
  ] as const)('refuses the %s value %.20j', (type, value) => {
    expect(() => encodeContent(type, value)).toThrowError(expect.objectContaining({ code: 'recordInvalid' }) as Error);
  });
});
