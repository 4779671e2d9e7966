// The engine against the embedded CA over real sockets: every authenticator, alone, mixed, many at once.
import { createServer, type Server } from 'node:http';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Account } from '@certward/acme';
import type { StartCaOptions } from '@certward/ca';
import {
  type Authenticator,
  createFileJournal,
  createManualAuthenticator,
  createMemoryJournal,
  createStandaloneAuthenticator,
  createTlsAlpnAuthenticator,
  createWebrootAuthenticator,
  issueMany,
  type IssuanceDeps,
  type IssuanceRequest,
  type IssuanceResult,
  runIssuance,
} from '@certward/engine';
import { freePorts, temporaryFolder } from '@certward/testing';
import { describe, expect, test } from 'vitest';
import { createFolderAuthenticator, createFolderValidator, readRecords } from './support/folder-authenticator.ts';
import { dnsNames, orderStatuses, startWorld, type World } from './support/world.ts';

interface Bench extends World {
  readonly httpPort: number;
  readonly tlsPort: number;
  readonly account: Account;
}

async function startBench(options: StartCaOptions = {}): Promise<Bench> {
  const [httpPort = 0, tlsPort = 0] = await freePorts(2);
  const world = await startWorld({ ...options, validation: { httpPort, tlsPort, ...options.validation } });
  return { ...world, httpPort, tlsPort, account: await world.newAccount() };
}

function requestFor(bench: Bench, authenticator: Authenticator, request: Partial<IssuanceRequest> = {}): IssuanceRequest {
  return { id: 'a.test', directoryUrl: bench.ca.directoryUrl, account: bench.account, identifiers: dnsNames('a.test'), authenticatorFor: () => authenticator, ...request };
}

function deps(more: Partial<IssuanceDeps> = {}): IssuanceDeps {
  return { journal: createMemoryJournal(), store: async () => undefined, ...more };
}

/** A web server of the sort that webroot works with. */
async function serveFolder(root: string, port: number): Promise<AsyncDisposable & { readonly root: string }> {
  const server: Server = createServer((request, response) => {
    readFile(join(root, request.url ?? '')).then(
      (body) => response.end(body),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { root, [Symbol.asyncDispose]: () => new Promise((resolve) => (server.close(() => resolve()), server.closeAllConnections())) };
}

describe('against the embedded CA', () => {
  test('standalone obtains a certificate for names and addresses with few requests', async () => {
    await using bench = await startBench();
    const standalone = createStandaloneAuthenticator({ port: bench.httpPort });
    const identifiers = [...dnsNames('a.test', 'b.test'), { type: 'ip' as const, value: '127.0.0.1' }];
    const result = await runIssuance(requestFor(bench, standalone, { identifiers }), deps());
    expect(result.chain[0]?.identifiers).toHaveLength(3);
    expect(standalone.port).toBeUndefined();
    expect(await orderStatuses(bench.account)).toEqual(['valid']);
  });

  test('tls-alpn obtains a certificate for names and addresses', async () => {
    await using bench = await startBench();
    const tlsAlpn = createTlsAlpnAuthenticator({ port: bench.tlsPort });
    const identifiers = [...dnsNames('a.test', 'b.test'), { type: 'ip' as const, value: '127.0.0.1' }];
    const result = await runIssuance(requestFor(bench, tlsAlpn, { identifiers }), deps());
    expect(result.chain[0]?.identifiers).toHaveLength(3);
    expect(tlsAlpn.port).toBeUndefined();
  });

  test('webroot obtains a certificate and leaves the root as it was', async () => {
    await using bench = await startBench();
    await using folder = await temporaryFolder('webroot');
    await using server = await serveFolder(folder.path, bench.httpPort);
    const webroot = createWebrootAuthenticator({ webrootMap: new Map([['a.test', server.root]]) });
    await runIssuance(requestFor(bench, webroot), deps());
    expect(await readdir(folder.path)).toEqual([]);
  });

  test('manual hooks put files in place and take them away', async () => {
    await using bench = await startBench();
    await using folder = await temporaryFolder('manual');
    await using server = await serveFolder(folder.path, bench.httpPort);
    const dir = join(server.root, '.well-known', 'acme-challenge');
    const manual = createManualAuthenticator({
      authHook: `mkdir -p ${dir} && printf %s "$CERTBOT_VALIDATION" > ${dir}/$CERTBOT_TOKEN && echo "$CERTBOT_DOMAIN $CERTBOT_REMAINING_CHALLENGES"`,
      cleanupHook: `rm ${dir}/$CERTBOT_TOKEN && echo "$CERTBOT_AUTH_OUTPUT" >> ${folder.join('log')}`,
      env: process.env,
    });
    await runIssuance(requestFor(bench, manual, { identifiers: dnsNames('a.test', 'b.test') }), deps());
    expect(await readdir(dir)).toEqual([]);
    const log = (await readFile(folder.join('log'), 'utf8')).trim().split('\n');
    // Cleaned up in the order in which they were put in place, as Certbot's hooks expect.
    expect(log.map((line) => line.split(' ')[1])).toEqual(['1', '0']);
    expect(new Set(log.map((line) => line.split(' ')[0]))).toEqual(new Set(['a.test', 'b.test']));
  });

  test('one certificate mixes http-01, tls-alpn-01 and dns-01', async () => {
    await using folder = await temporaryFolder('mixed');
    const [httpPort = 0, tlsPort = 0] = await freePorts(2);
    const { createNetworkValidator } = await import('@certward/ca');
    const network = createNetworkValidator({ hosts: { '*': ['127.0.0.1'] }, httpPort, tlsPort });
    const dns = createFolderValidator(folder.path);
    await using world = await startWorld({ validator: { validate: (request, options) => (request.type === 'dns-01' ? dns : network).validate(request, options) } });
    const bench = { ...world, httpPort, tlsPort, account: await world.newAccount() };
    const authenticators: Record<string, Authenticator> = {
      'http.test': createStandaloneAuthenticator({ port: httpPort }),
      'tls.test': createTlsAlpnAuthenticator({ port: tlsPort }),
      '*.dns.test': createFolderAuthenticator(folder.path),
    };
    const types: string[] = [];
    const result = await runIssuance(
      requestFor(bench, createFolderAuthenticator(folder.path), {
        identifiers: dnsNames(...Object.keys(authenticators)),
        authenticatorFor: ({ value }) => authenticators[value] ?? createFolderAuthenticator(folder.path),
      }),
      deps({ listener: (event) => void (event.type === 'challenge.presented' && types.push(event.challengeType)) }),
    );
    expect(types.sort()).toEqual(['dns-01', 'http-01', 'tls-alpn-01']);
    expect(result.chain[0]?.identifiers).toHaveLength(3);
    expect(readRecords(folder.path, '_acme-challenge.dns.test')).toEqual([]);
  });

  test('apex and wildcard share one record name', async () => {
    await using folder = await temporaryFolder('apex');
    await using world = await startWorld({ validator: createFolderValidator(folder.path) });
    const bench = { ...world, httpPort: 0, tlsPort: 0, account: await world.newAccount() };
    await runIssuance(requestFor(bench, createFolderAuthenticator(folder.path), { identifiers: dnsNames('a.test', '*.a.test') }), deps());
    expect(readRecords(folder.path, '_acme-challenge.a.test')).toEqual([]);
  });

  test('failed names are reported together with the words of the ca, and dropped where allowed', async () => {
    await using bench = await startBench({ validation: { hosts: { 'good.test': ['127.0.0.1'], 'dead.test': ['127.0.0.1'] } } });
    await using folder = await temporaryFolder('subset');
    await using server = await serveFolder(folder.path, bench.httpPort);
    const webroot = createWebrootAuthenticator({ webrootMap: new Map([['good.test', server.root], ['dead.test', await emptyRoot(folder.join('elsewhere'))]]) });
    const identifiers = dnsNames('good.test', 'dead.test');
    await expect(runIssuance(requestFor(bench, webroot, { identifiers }), deps())).rejects.toMatchObject({
      code: 'validationFailed',
      failures: [{ identifier: { value: 'dead.test' }, authenticator: 'webroot', challengeType: 'http-01' }],
    });
    const result = await runIssuance(requestFor(bench, webroot, { identifiers, allowSubsetOfNames: true }), deps());
    expect(result.identifiers).toEqual(dnsNames('good.test'));
    expect(result.dropped).toMatchObject([{ identifier: { value: 'dead.test' } }]);
  });

  test('a dry run exercises challenges although the ca reuses proof', async () => {
    await using bench = await startBench({ reuse: { orders: true, authorizations: true } });
    const standalone = createStandaloneAuthenticator({ port: bench.httpPort });
    await runIssuance(requestFor(bench, standalone), deps());
    const responded: unknown[] = [];
    const stored: IssuanceResult[] = [];
    await runIssuance(
      requestFor(bench, standalone, { dryRun: true }),
      deps({ store: async (result) => void stored.push(result), listener: (event) => void (event.type === 'challenge.responded' && responded.push(event)) }),
    );
    expect(responded).toHaveLength(1);
    expect(stored).toEqual([]);
  });

  test('fifty certificates share one listener, one account and one journal folder', async () => {
    await using bench = await startBench();
    await using folder = await temporaryFolder('many');
    const journal = createFileJournal({ folder: folder.path });
    const standalone = createStandaloneAuthenticator({ port: bench.httpPort });
    const requests = Array.from({ length: 50 }, (_, index) => requestFor(bench, standalone, { id: `n${index}`, identifiers: dnsNames(`n${index}.test`) }));
    const outcomes = await issueMany(requests, deps({ journal }));
    expect(outcomes.filter(({ status }) => status !== 'issued')).toEqual([]);
    expect(await readdir(folder.path)).toEqual([]);
    expect(standalone.port).toBeUndefined();
    expect(await orderStatuses(bench.account)).toEqual(Array.from({ length: 50 }, () => 'valid'));
  });

  test('two hundred orders are in flight at once, and each gets its certificate', { timeout: 60_000 }, async () => {
    await using bench = await startBench();
    await using folder = await temporaryFolder('in-flight');
    const warnings: string[] = [];
    const onWarning = (warning: Error) => void warnings.push(`${warning.name}: ${warning.message}`);
    process.on('warning', onWarning);
    const journal = createFileJournal({ folder: folder.path });
    const standalone = createStandaloneAuthenticator({ port: bench.httpPort });
    // All wait for each other with their proof in place: only then is every order open at the same time.
    let waiting = 0;
    let all: () => void = () => undefined;
    const everybody = new Promise<void>((resolve) => (all = resolve));
    const meet: Authenticator = {
      ...standalone,
      async waitUntilReady() {
        waiting += 1;
        if (waiting === 200) all();
        await everybody;
      },
    };
    const requests = Array.from({ length: 200 }, (_, index) => requestFor(bench, meet, { id: `n${index}`, identifiers: dnsNames(`n${index}.test`) }));
    const serials = new Set<string>();
    const shared = deps({ journal, store: async ({ chain }) => void serials.add(chain[0]?.serial ?? ''), signal: new AbortController().signal });
    const outcomes = await issueMany(requests, { ...shared, concurrency: 200 });
    expect(outcomes.flatMap((outcome) => (outcome.status === 'failed' ? [outcome.error] : []))).toEqual([]);
    expect(serials.size).toBe(200);
    expect(await orderStatuses(bench.account)).toEqual(Array.from({ length: 200 }, () => 'valid'));
    expect(await readdir(folder.path)).toEqual([]);
    expect(standalone.port).toBeUndefined();
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  });

  test('one failing name among many fails alone', async () => {
    await using bench = await startBench({ validation: { hosts: { 'n0.test': ['127.0.0.1'], 'n2.test': ['127.0.0.1'] }, dnsServers: ['127.0.0.1:9'], timeoutMs: 200 } });
    const standalone = createStandaloneAuthenticator({ port: bench.httpPort });
    const requests = [0, 1, 2].map((index) => requestFor(bench, standalone, { id: `n${index}`, identifiers: dnsNames(`n${index}.test`) }));
    const outcomes = await issueMany(requests, deps());
    expect(outcomes.map(({ status }) => status)).toEqual(['issued', 'failed', 'issued']);
  });

  test('succeeds through bad nonces, shuffled answers, slow finalizing and lost replies with one order each', async () => {
    await using bench = await startBench({
      allowUnsafe: ['hostile'],
      hostile: { badNonces: 0.3, shuffle: true, finalizeProcessingPolls: 2, challengeProcessingMs: 50, leadingZeroSerials: true, omitFinalizeLocation: true },
    });
    const standalone = createStandaloneAuthenticator({ port: bench.httpPort });
    const requests = Array.from({ length: 8 }, (_, index) => requestFor(bench, standalone, { id: `n${index}`, identifiers: dnsNames(`n${index}.test`, `m${index}.test`) }));
    const outcomes = await issueMany(requests, deps());
    expect(outcomes.flatMap((outcome) => (outcome.status === 'failed' ? [outcome.error] : []))).toEqual([]);
    expect(await orderStatuses(bench.account)).toEqual(Array.from({ length: 8 }, () => 'valid'));
  });

  test('makes one order although replies of newOrder and finalize are lost half of the time', async () => {
    await using bench = await startBench({ allowUnsafe: ['hostile'], hostile: { lostReplies: 0.5, only: ['newOrder', 'finalize'] } });
    const standalone = createStandaloneAuthenticator({ port: bench.httpPort });
    const journal = createMemoryJournal();
    for (let index = 0; index < 10; index++) {
      const request = requestFor(bench, standalone, { id: `n${index}`, identifiers: dnsNames(`n${index}.test`) });
      for (let tries = 0; tries < 10; tries++) {
        const done = await runIssuance(request, deps({ journal })).then(
          () => true,
          () => false,
        );
        if (done) break;
      }
    }
    expect(await orderStatuses(bench.account)).toEqual(Array.from({ length: 10 }, () => 'valid'));
    expect(await journal.list()).toEqual([]);
  });
});

async function emptyRoot(path: string): Promise<string> {
  const { mkdir } = await import('node:fs/promises');
  await mkdir(path);
  return path;
}
