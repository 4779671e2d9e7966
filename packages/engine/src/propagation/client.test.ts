import { TRUNCATED_RESPONSE } from 'dns-packet';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { freePort, type ScriptedReply, seededRandom, startScriptedNameServer } from '@certward/testing';
import { createDnsClient } from './client.ts';
import type { DnsQuestion } from './message.ts';

const question: DnsQuestion = { name: 'example.org', type: 'TXT' };
const txt = (value: string) => ({ answers: [{ name: question.name, type: 'TXT' as const, data: value }] });
const hasty = createDnsClient({ udpTimeoutsMs: [100], tcpTimeoutMs: 100 });

describe('createDnsClient', () => {
  test('asks with unpredictable ids, from unpredictable ports', async () => {
    await using server = await startScriptedNameServer({ answer: () => txt('value') });
    const client = createDnsClient({ random: seededRandom(1) });
    for (let time = 0; time < 5; time++) await client.ask(server, question);
    expect(new Set(server.questions.map(({ packet }) => packet.id)).size).toBe(5);
  });

  test('goes to TCP when the answer was cut short', async () => {
    await using server = await startScriptedNameServer({ answer: ({ transport }) => (transport === 'udp' ? { flags: TRUNCATED_RESPONSE } : txt('x'.repeat(200))) });
    expect((await createDnsClient().ask(server, question)).answers).toEqual([{ name: 'example.org', type: 'TXT', value: 'x'.repeat(200) }]);
    expect(server.questions.map(({ transport }) => transport)).toEqual(['udp', 'tcp']);
  });

  test('goes to TCP when nothing comes back by UDP', async () => {
    await using server = await startScriptedNameServer({ answer: ({ transport }) => (transport === 'udp' ? undefined : txt('by TCP')) });
    expect((await hasty.ask(server, question)).answers).toHaveLength(1);
  });

  test('asks again without EDNS where the server does not know it', async () => {
    await using server = await startScriptedNameServer({ answer: ({ packet }) => ((packet.additionals ?? []).length > 0 ? { rcode: 1 } : txt('old')) });
    expect((await createDnsClient().ask(server, question)).answers).toHaveLength(1);
    expect(server.questions).toHaveLength(2);
  });

  test('goes on listening when forged answers come first', async () => {
    const forged = Buffer.alloc(40, 0xff);
    await using server = await startScriptedNameServer({
      answer: ({ packet, transport }): ScriptedReply => {
        if (transport === 'tcp') return undefined;
        const real = Buffer.alloc(12 + 17);
        real.writeUInt16BE(packet.id ?? 0, 0);
        real.writeUInt16BE(0x8400, 2);
        real.writeUInt16BE(1, 4);
        Buffer.from('076578616d706c65036f72670000100001', 'hex').copy(real, 12);
        return [forged, forged, real];
      },
    });
    expect(await hasty.ask(server, question)).toMatchObject({ rcode: 'NOERROR', authoritative: true });
  });

  test('gives up on a server that floods it with forged answers', async () => {
    const flood = Array.from({ length: 300 }, () => Buffer.alloc(12, 1));
    await using server = await startScriptedNameServer({ answer: ({ transport }) => (transport === 'udp' ? flood : Buffer.alloc(12, 1)) });
    await expect(hasty.ask(server, question)).rejects.toMatchObject({ code: 'dnsMessageMalformed' });
  });

  test('says that a server is silent, or that nobody is there', async () => {
    await using server = await startScriptedNameServer({ answer: () => undefined });
    await expect(hasty.ask(server, question)).rejects.toMatchObject({ code: 'dnsServerSilent', message: `no answer from ${server.address} within 0.1 s` });
    const port = await freePort();
    await expect(hasty.ask({ host: '127.0.0.1', port }, question)).rejects.toMatchObject({ code: 'dnsServerUnreachable', message: `cannot reach 127.0.0.1:${port}` });
  });

  test('stops with the reason of its signal', async () => {
    await using server = await startScriptedNameServer({ answer: () => undefined });
    const controller = new AbortController();
    const asking = createDnsClient().ask(server, question, { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(asking).rejects.toThrow('enough');
    await expect(createDnsClient().ask(server, question, { signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow('before');
  });

  test('whatever a server sends, the outcome is an answer or our error, in time', async () => {
    let reply: Uint8Array = Buffer.alloc(0);
    await using server = await startScriptedNameServer({
      answer: ({ packet }) => {
        const bytes = Buffer.from(reply);
        if (bytes.length >= 4) {
          bytes.writeUInt16BE(packet.id ?? 0, 0);
          bytes[2] = (bytes[2] ?? 0) | 0x80;
        }
        return bytes;
      },
    });
    const client = createDnsClient({ udpTimeoutsMs: [20], tcpTimeoutMs: 20 });
    const property = fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
      reply = bytes;
      const outcome: unknown = await client.ask(server, question).catch((error: unknown) => error);
      if (outcome instanceof Error) expect(outcome).toMatchObject({ name: 'DnsError' });
    });
    await expect(fc.assert(property, { numRuns: 60 })).resolves.toBeUndefined();
  });
});
