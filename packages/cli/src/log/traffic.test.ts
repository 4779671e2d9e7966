import type { Transport, TransportRequest } from '@certward/acme';
import type { LogFields } from '@certward/base';
import { expect, test } from 'vitest';
import { logTraffic } from './traffic.ts';

const lines: { message: string; fields: LogFields }[] = [];
const write = (message: string, fields: LogFields = {}) => void lines.push({ message, fields });
const log = { debug: write, info: write, warn: write, error: write };
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

async function seen(body: string | undefined, answer: string): Promise<typeof lines> {
  lines.length = 0;
  const inner: Transport = { send: async () => ({ status: 201, headers: { location: 'https://ca.test/acct/1', server: 'x' }, body: Buffer.from(answer) }), close: async () => undefined };
  const request: TransportRequest = { method: 'POST', url: 'https://ca.test/new', headers: {}, maxBytes: 1, timeoutMs: 1, ...(body === undefined ? {} : { body }) };
  await logTraffic(inner, log).send(request, {});
  return lines;
}

test('shows what was signed, and neither signatures nor the MAC of a binding', async () => {
  const binding = { protected: encode({ alg: 'HS256', kid: 'kid-1' }), payload: encode({ kty: 'EC' }), signature: 'bWFjLW9mLWJpbmRpbmc' };
  const body = JSON.stringify({ protected: encode({ alg: 'ES256', nonce: 'n' }), payload: encode({ externalAccountBinding: binding }), signature: 'b3V0ZXI' });
  const [request, answer] = await seen(body, '{"status":"valid"}');
  expect(request).toMatchObject({ message: 'request', fields: { method: 'POST', protected: { alg: 'ES256', nonce: 'n' }, payload: { externalAccountBinding: { signature: '[removed]' } } } });
  expect(answer).toMatchObject({ message: 'answer', fields: { status: 201, headers: { location: 'https://ca.test/acct/1' }, body: '{"status":"valid"}' } });
  expect(JSON.stringify(lines)).not.toMatch(/bWFjLW9mLWJpbmRpbmc|b3V0ZXI/);
});

test('takes bodies that are no JSON, empty payloads and long answers', async () => {
  const [request, answer] = await seen(JSON.stringify({ protected: encode({ alg: 'ES256' }), payload: '', signature: 'x' }), 'x'.repeat(100_000));
  expect(request?.fields['payload']).toBe('');
  expect(String(answer?.fields['body'])).toMatch(/^x{65536}… \(100000 bytes\)$/);
  expect((await seen('no json', ''))[0]?.fields['payload']).toBeUndefined();
  expect((await seen(undefined, ''))[0]?.fields).toEqual({ method: 'POST', url: 'https://ca.test/new' });
});
