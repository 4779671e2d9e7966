import { createServer, type Server } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { parseCertificateChain, verifySignature } from '@certward/pki';
import { afterEach, describe, expect, test } from 'vitest';
import type { CaRequest, CaResponse } from './handler/exchange.ts';
import { type RunningCa, startCa } from './start-ca.ts';
import { RawClient } from './testing/raw-client.ts';

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function start(options: Parameters<typeof startCa>[0] = {}): Promise<RunningCa> {
  const ca = await startCa(options);
  open.push(async () => await ca[Symbol.asyncDispose]());
  return ca;
}

/** A web server that answers HTTP-01 from a map of tokens. */
async function startWebServer(): Promise<{ readonly port: number; readonly answers: Map<string, string> }> {
  const answers = new Map<string, string>();
  const server: Server = createServer((request, response) => {
    const body = answers.get((request.url ?? '').replace('/.well-known/acme-challenge/', ''));
    response.writeHead(body === undefined ? 404 : 200).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(() => new Promise((resolve) => server.close(resolve)));
  return { port: (server.address() as AddressInfo).port, answers };
}

/** Sends the raw client's requests over HTTPS, trusting only the authority's own root. */
function overHttps(ca: RunningCa): { readonly publicUrl: string; handle(request: CaRequest): Promise<CaResponse> } {
  return {
    publicUrl: ca.publicUrl,
    handle: (request) =>
      new Promise((resolve, reject) => {
        const headers = Object.fromEntries(Object.entries(request.headers).filter((entry): entry is [string, string] => entry[1] !== undefined));
        const outgoing = requestHttps(`${ca.publicUrl}${request.path}`, { method: request.method, headers, ca: ca.rootsPem, agent: false }, (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, headers: response.headers as CaResponse['headers'], body: Buffer.concat(chunks) }),
          );
        });
        outgoing.on('error', reject);
        outgoing.end(request.body);
      }),
  };
}

describe('startCa', () => {
  test('issues over HTTPS after a real HTTP-01 validation', async () => {
    const web = await startWebServer();
    const ca = await start({ validation: { httpPort: web.port, hosts: { '*': ['127.0.0.1'] } } });
    const client = await RawClient.registered(overHttps(ca));
    const order = await client.order(['www.example.test']);
    expect(order.status).toBe(201);
    const [authorizationUrl = ''] = order.body['authorizations'] as string[];
    const authorization = await client.post(authorizationUrl);
    const challenge = (authorization.body['challenges'] as Record<string, string>[]).find(({ type }) => type === 'http-01') ?? {};
    web.answers.set(challenge['token'] ?? '', client.keyAuthorization(challenge['token']));
    await client.post(challenge['url'] ?? '', {});
    await ca.idle();
    const finalized = await client.finalize(order);
    expect(finalized.body['status']).toBe('valid');
    const { headers, text } = await client.post(finalized.body['certificate'] as string);
    expect(headers['content-type']).toBe('application/pem-certificate-chain');
    const [leaf, intermediate] = parseCertificateChain(text);
    const [root] = parseCertificateChain(ca.rootsPem);
    expect(leaf?.identifiers).toEqual([{ type: 'dns', value: 'www.example.test' }]);
    expect(leaf !== undefined && intermediate !== undefined && verifySignature(leaf, intermediate)).toBe(true);
    expect(intermediate !== undefined && root !== undefined && verifySignature(intermediate, root)).toBe(true);
  });
});
