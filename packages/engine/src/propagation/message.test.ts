import { AUTHORITATIVE_ANSWER, decode, encode, type Packet, TRUNCATED_RESPONSE } from 'dns-packet';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeAnswer, type DnsQuestion, encodeQuestion } from './message.ts';

const question: DnsQuestion = { name: '_acme-challenge.example.org', type: 'TXT' };
const id = 0x1234;

function answer(packet: Partial<Packet> = {}): Buffer {
  return encode({ type: 'response', id, flags: AUTHORITATIVE_ANSWER, questions: [{ name: question.name, type: 'TXT', class: 'IN' }], ...packet });
}

test('a question asks for recursion only when told to, and announces a size that is not fragmented', () => {
  const plain = decode(Buffer.from(encodeQuestion(question, { id, recursive: false, edns: false })));
  expect(plain).toMatchObject({ id, type: 'query', flag_rd: false, questions: [{ name: question.name, type: 'TXT', class: 'IN' }], additionals: [] });
  const recursive = decode(Buffer.from(encodeQuestion(question, { id, recursive: true, edns: true })));
  expect(recursive).toMatchObject({ flag_rd: true, additionals: [{ type: 'OPT', udpPayloadSize: 1232 }] });
});

describe('decodeAnswer', () => {
  test('reads the records that the engine asks for and leaves out others', () => {
    const bytes = answer({
      answers: [
        { name: 'Alias.Example.ORG', type: 'CNAME', data: 'Target.example.org' },
        { name: question.name, type: 'TXT', data: [Buffer.from('two '), Buffer.from('strings')] },
        { name: question.name, type: 'SRV', data: { port: 1, target: 'x', priority: 1, weight: 1 } },
        { name: question.name, type: 'TXT', class: 'CH', data: 'chaos' },
      ],
      authorities: [{ name: 'example.org', type: 'SOA', data: { mname: 'NS1.example.org', rname: 'h.example.org', serial: 7, refresh: 1, retry: 1, expire: 1, minimum: 1 } }],
      additionals: [
        { name: 'ns1.example.org', type: 'A', data: '192.0.2.1' },
        { name: 'ns1.example.org', type: 'AAAA', data: '2001:db8::1' },
      ],
    });
    expect(decodeAnswer(bytes, question, id)).toEqual({
      rcode: 'NOERROR',
      authoritative: true,
      truncated: false,
      answers: [
        { name: 'alias.example.org', type: 'CNAME', target: 'target.example.org' },
        { name: question.name, type: 'TXT', value: 'two strings' },
      ],
      authorities: [{ name: 'example.org', type: 'SOA', primary: 'ns1.example.org', serial: 7 }],
      additionals: [
        { name: 'ns1.example.org', type: 'A', address: '192.0.2.1' },
        { name: 'ns1.example.org', type: 'AAAA', address: '2001:db8::1' },
      ],
    });
  });

  test.each([
    { name: 'another id', bytes: answer({ id: id + 1 }) },
    { name: 'a query', bytes: answer({ type: 'query' }) },
    { name: 'another name', bytes: answer({ questions: [{ name: 'evil.example.org', type: 'TXT', class: 'IN' }] }) },
    { name: 'another type', bytes: answer({ questions: [{ name: question.name, type: 'A', class: 'IN' }] }) },
    { name: 'two questions', bytes: answer({ questions: [{ name: question.name, type: 'TXT', class: 'IN' }, { name: question.name, type: 'TXT', class: 'IN' }] }) },
    { name: 'no question but records', bytes: answer({ questions: [], answers: [{ name: question.name, type: 'TXT', data: 'x' }] }) },
    { name: 'less than a header', bytes: answer().subarray(0, 11) },
  ])('takes $name for somebody else\'s', ({ bytes }) => {
    expect(decodeAnswer(bytes, question, id)).toBeUndefined();
  });

  test('takes the question in any case, and an error without it', () => {
    expect(decodeAnswer(answer({ questions: [{ name: question.name.toUpperCase(), type: 'TXT', class: 'IN' }] }), question, id)).toMatchObject({ rcode: 'NOERROR' });
    expect(decodeAnswer(answer({ questions: [], flags: 5 }), question, id)).toMatchObject({ rcode: 'REFUSED' });
    expect(decodeAnswer(answer({ flags: TRUNCATED_RESPONSE }), question, id)).toMatchObject({ truncated: true });
  });

  test('an extended code is no success', () => {
    const bytes = answer({ additionals: [{ type: 'OPT', name: '.', udpPayloadSize: 512, extendedRcode: 1, ednsVersion: 0, flags: 0, flag_do: false, options: [] }] });
    expect(decodeAnswer(bytes, question, id)).toMatchObject({ rcode: 'BADVERS' });
  });
});

describe('hostile answers', () => {
  const valid = answer({
    answers: [
      { name: question.name, type: 'CNAME', data: 'target.example.org' },
      { name: question.name, type: 'TXT', data: ['value', 'x'.repeat(200)] },
    ],
    authorities: [{ name: 'example.org', type: 'NS', data: 'ns1.example.org' }],
    additionals: [{ name: 'ns1.example.org', type: 'AAAA', data: '2001:db8::1' }],
  });

  function readOrRefuse(bytes: Uint8Array): void {
    try {
      decodeAnswer(bytes, question, id);
    } catch (error) {
      expect(error).toMatchObject({ name: 'DnsError', code: 'dnsMessageMalformed' });
    }
  }

  test('random bytes behind a matching header give an answer or our error', () => {
    const header = valid.subarray(0, 4);
    const property = fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => readOrRefuse(Buffer.concat([header, bytes])));
    expect(() => fc.assert(property, { numRuns: 3_000 })).not.toThrow();
  });

  test('mutated answers give an answer or our error', () => {
    const mutations = fc.array(fc.tuple(fc.integer({ min: 4, max: valid.length - 1 }), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 8 });
    const property = fc.property(mutations, fc.integer({ min: 12, max: valid.length }), (changes, length) => {
      const bytes = Buffer.from(valid);
      for (const [at, byte] of changes) bytes[at] = byte;
      readOrRefuse(bytes.subarray(0, length));
    });
    expect(() => fc.assert(property, { numRuns: 3_000 })).not.toThrow();
  });

  test('names that point at themselves, forwards or in a circle are refused', () => {
    const header = Buffer.from(valid.subarray(0, 12));
    header.writeUInt16BE(1, 4);
    header.fill(0, 6);
    for (const name of ['c00c', 'c00e', '0161c00c', 'c0ff']) {
      const bytes = Buffer.concat([header, Buffer.from(`${name}00100001`, 'hex')]);
      expect(() => decodeAnswer(bytes, question, id)).toThrowError(expect.objectContaining({ code: 'dnsMessageMalformed' }) as Error);
    }
  });

  test('the largest message full of long pointer chains is read in bounded time', () => {
    // A chain of pointers, each to the one before, and thousands of records whose names start at its end.
    const bytes = Buffer.alloc(65_535);
    answer().copy(bytes);
    let at = answer().length;
    const chainStart = at;
    bytes[at] = 0;
    at += 1;
    for (let previous = chainStart; at < 8_000; at += 2) {
      bytes.writeUInt16BE(0xc000 | previous, at);
      previous = at;
    }
    const chainEnd = at - 2;
    let records = 0;
    for (; at + 12 <= bytes.length; at += 12, records++) {
      bytes.writeUInt16BE(0xc000 | chainEnd, at);
      bytes.writeUInt16BE(16, at + 2);
      bytes.writeUInt16BE(1, at + 4);
    }
    bytes.writeUInt16BE(records, 6);
    // A reader that follows every chain anew would run into the test's own limit.
    expect(() => readOrRefuse(bytes)).not.toThrow();
  });
});
