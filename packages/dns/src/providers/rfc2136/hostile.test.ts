// Servers that lie: whatever comes back, the outcome is success of a verified answer or our error.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ScriptedReply, startScriptedNameServer } from '@certward/testing';
import { rfc2136 } from './definition.ts';
import { parseMessage } from './wire.ts';

const record = { zone: 'example.org', fqdn: '_acme-challenge.example.org', type: 'TXT', value: 'value', ttlSeconds: 60 } as const;
const soaData = { mname: 'ns', rname: 'h', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 1 };

function providerAt(address: string) {
  const values = { dns_rfc2136_server: address, dns_rfc2136_name: 'key', dns_rfc2136_secret: Buffer.alloc(32).toString('base64'), dns_rfc2136_algorithm: 'HMAC-SHA256' };
  return rfc2136.create(new Map(Object.entries(values)));
}

/** Tells the zone, and answers the update as the test says. */
function startLiar(answerUpdate: (id: number) => ScriptedReply) {
  return startScriptedNameServer({
    answer: ({ packet }) =>
      (packet as { opcode?: string }).opcode === 'UPDATE' ? answerUpdate(packet.id ?? 0) : { authorities: [{ name: 'example.org', type: 'SOA', data: soaData }] },
  });
}

describe('an update', () => {
  test('is not believed to have succeeded without a signature', async () => {
    await using server = await startLiar(() => ({ flags: 5 << 11 }));
    await expect(providerAt(server.address).addValue(record)).rejects.toMatchObject({ code: 'answerUntrusted', message: 'the answer of the server carries no signature' });
  });

  test.each([
    { rcode: 5, code: 'accessDenied', text: 'refuses to change' },
    { rcode: 9, code: 'zoneNotServed', text: 'NOTAUTH' },
    { rcode: 10, code: 'zoneNotServed', text: 'NOTZONE' },
    { rcode: 2, code: 'updateFailed', text: 'SERVFAIL' },
    { rcode: 4, code: 'updateFailed', text: 'NOTIMP' },
    { rcode: 15, code: 'updateFailed', text: 'code 15' },
  ])('refused with code $rcode and no signature is $code', async ({ rcode, code, text }) => {
    await using server = await startLiar(() => ({ flags: 5 << 11, rcode }));
    await expect(providerAt(server.address).addValue(record)).rejects.toMatchObject({ code, message: expect.stringContaining(text) as string });
  });

  test('is not answered by somebody who answers something else', async () => {
    await using wrongId = await startLiar((id) => Buffer.from([(id >> 8) ^ 1, id & 0xff, 0xa8, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
    await expect(providerAt(wrongId.address).addValue(record)).rejects.toMatchObject({ code: 'answerMalformed', message: `${wrongId.address} answered another question` });
    await using query = await startLiar((id) => Buffer.from([id >> 8, id & 0xff, 0x28, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
    await expect(providerAt(query.address).addValue(record)).rejects.toMatchObject({ code: 'answerMalformed' });
  });

  test('survives any bytes', async () => {
    let reply: Uint8Array = Buffer.alloc(0);
    await using server = await startLiar((id) => Buffer.concat([Buffer.from([id >> 8, id & 0xff, 0xa8]), reply]));
    const provider = providerAt(server.address);
    const property = fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      reply = bytes;
      await expect(provider.addValue(record)).rejects.toMatchObject({ name: 'DnsProviderError' });
    });
    await expect(fc.assert(property, { numRuns: 100 })).resolves.toBeUndefined();
  });

  test('stops with the reason of its signal while the server keeps silent', async () => {
    await using server = await startLiar(() => undefined);
    const controller = new AbortController();
    const adding = providerAt(server.address).addValue(record, { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(adding).rejects.toThrow('enough');
  });
});

describe('parseMessage', () => {
  const valid = Buffer.from('123484000001000200000001076578616d706c65036f72670000100001c00c00100001000000780003026869c00c00010001000000780004c000020100002904d0000000000000', 'hex');

  test('finds every record of a message', () => {
    expect(parseMessage(valid)).toMatchObject({ id: 0x1234, authoritative: true, question: { name: 'example.org', type: 16 }, records: [{ type: 16 }, { type: 1, name: 'example.org' }, { type: 41, name: '' }] });
  });

  test('gives a message or our error for mutated bytes', () => {
    const changes = fc.array(fc.tuple(fc.integer({ min: 0, max: valid.length - 1 }), fc.integer({ min: 0, max: 255 })), { maxLength: 6 });
    const property = fc.property(changes, fc.integer({ min: 0, max: valid.length }), (list, length) => {
      const bytes = new Uint8Array(valid);
      for (const [at, byte] of list) bytes[at] = byte;
      try {
        parseMessage(bytes.subarray(0, length));
      } catch (error) {
        expect(error).toMatchObject({ name: 'DnsProviderError', code: 'answerMalformed' });
      }
    });
    expect(() => fc.assert(property, { numRuns: 5_000 })).not.toThrow();
  });

  test.each(['c00c', 'c00e', '0161c00c', '40', '80', 'ff', '3f61'])('refuses the name %s', (name) => {
    const bytes = new Uint8Array(Buffer.from(`000080000001000000000000${name}`, 'hex'));
    expect(() => parseMessage(bytes)).toThrowError(expect.objectContaining({ code: 'answerMalformed' }) as Error);
  });
});
