// kill -9 at every point of an issuance, then a restart: one order, one certificate, nothing left behind.
import { createServer } from 'node:http';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Account } from '@certward/acme';
import { mapConcurrent } from '@certward/base';
import { createFileJournal, createWebrootAuthenticator, recoverJournal } from '@certward/engine';
import { keysMatch, parseCertificateChain, parsePrivateKeyPem, privateKeyToPem } from '@certward/pki';
import { bundleScript, freePort, startProcess, temporaryFolder } from '@certward/testing';
import { beforeAll, describe, expect, test } from 'vitest';
import type { CrashPlan } from './support/crash-child.ts';
import { createFolderValidator, readRecords } from './support/folder-authenticator.ts';
import { orderStatuses, startWorld, type World } from './support/world.ts';

/** More points than any issuance has: a run that dies at none of them must have ended by then. */
const mostPoints = 200;
let script = '';

beforeAll(async () => {
  script = await bundleScript(fileURLToPath(new URL('support/crash-child.ts', import.meta.url)));
});

interface Case {
  readonly plan: Omit<CrashPlan, 'killAt'>;
  readonly account: Account;
}

/** A folder and an account of its own for the run that dies at one point. */
async function newCase(world: World, base: string, parts: Pick<CrashPlan, 'authenticator' | 'names' | 'httpPort'>): Promise<Case> {
  const folder = join(base, parts.names[0] ?? '');
  await mkdir(join(folder, 'proof'), { recursive: true });
  const account = await world.newAccount();
  const keyFile = join(folder, 'account.pem');
  await writeFile(keyFile, privateKeyToPem(account.key));
  return { account, plan: { ...parts, folder, keyFile, accountUrl: account.url, directoryUrl: world.ca.directoryUrl } };
}

/** Runs the program once. Resolves to its number of points, or to undefined when it killed itself as told. */
async function run(plan: Case['plan'], killAt: number): Promise<number | undefined> {
  await using child = await startProcess({ command: process.execPath, args: ['--enable-source-maps', script, JSON.stringify({ ...plan, killAt })] });
  const { code, signal } = await child.exited;
  if (signal === 'SIGKILL') return undefined;
  expect({ killAt, code, stderr: child.stderr() }).toEqual({ killAt, code: 0, stderr: '' });
  const { points, cleanUpFailures } = JSON.parse(child.stdout()) as { readonly points: number; readonly cleanUpFailures: number };
  expect(cleanUpFailures).toBe(0);
  return points;
}

/** Runs the program again, unless it died so late that nothing was left to do: then another run would be another issuance. */
async function restart(plan: Case['plan'], killAt = 0): Promise<number | undefined> {
  const stored = existsSync(join(plan.folder, 'store')) && readdirSync(join(plan.folder, 'store')).length > 0;
  if (stored && readdirSync(join(plan.folder, 'journal')).length === 0) return 0;
  return await run(plan, killAt);
}

/** What there is after the last run: one certificate with its key, the journal empty, no order begun and not finished. */
async function outcome({ plan, account }: Case) {
  const files = readdirSync(join(plan.folder, 'store'));
  const pem = await readFile(join(plan.folder, 'store', files[0] ?? ''), 'utf8');
  const [keyPem = '', ...certificates] = pem.split(/(?=-----BEGIN CERTIFICATE)/);
  const [leaf] = parseCertificateChain(certificates.join(''));
  const orders = await orderStatuses(account);
  return {
    certificates: files.length,
    keyMatches: leaf !== undefined && keysMatch(parsePrivateKeyPem(keyPem), leaf.publicKey),
    journal: readdirSync(join(plan.folder, 'journal')),
    orders: orders.filter((status) => status !== 'invalid'),
    deadOrders: orders.filter((status) => status === 'invalid').length,
  };
}

const oneOfEach = { certificates: 1, keyMatches: true, journal: [], orders: ['valid'], deadOrders: 0 };

describe('an issuance that is killed at any point', () => {
  test('by DNS: continues the same order, also when it is killed once more', { timeout: 300_000 }, async () => {
    await using base = await temporaryFolder('crash-dns');
    await using world = await startWorld({
      validator: { validate: (request, options) => createFolderValidator(join(base.path, request.identifier.value, 'proof')).validate(request, options) },
    });
    const caseFor = (killAt: number) => newCase(world, base.path, { authenticator: 'dns', names: [`k${killAt}.test`], httpPort: 0 });
    const points = (await run((await caseFor(0)).plan, 0)) ?? 0;
    expect(points).toBeGreaterThan(20);
    expect(points).toBeLessThan(mostPoints);
    await mapConcurrent(Array.from({ length: points }, (_, index) => index + 1), 2, async (killAt) => {
      const one = await caseFor(killAt);
      expect(await run(one.plan, killAt)).toBeUndefined();
      // The second death falls on ever other points of what is left.
      if ((await restart(one.plan, 1 + ((killAt * 7) % 19))) === undefined) await restart(one.plan);
      expect({ killAt, ...(await outcome(one)) }).toEqual({ killAt, ...oneOfEach });
      expect(readRecords(join(one.plan.folder, 'proof'), `_acme-challenge.k${killAt}.test`)).toEqual([]);
    });
  });

  test('by webroot: recovery alone removes the files, and the next run continues the order', { timeout: 300_000 }, async () => {
    await using base = await temporaryFolder('crash-webroot');
    const httpPort = await freePort();
    await using world = await startWorld({ validation: { httpPort } });
    await using web = await serveByHost(base.path, httpPort);
    const caseFor = (killAt: number) => newCase(world, base.path, { authenticator: 'webroot', names: [`k${killAt}.test`], httpPort: web.port });
    const points = (await run((await caseFor(0)).plan, 0)) ?? 0;
    expect(points).toBeGreaterThan(20);
    await mapConcurrent(Array.from({ length: points }, (_, index) => index + 1), 2, async (killAt) => {
      const one = await caseFor(killAt);
      expect(await run(one.plan, killAt)).toBeUndefined();
      // The CA must have looked before the file goes: a validation under way would fail, rightly, and cost the order.
      await world.ca.idle();
      const journal = createFileJournal({ folder: join(one.plan.folder, 'journal') });
      await recoverJournal(journal, { authenticatorOf: () => createWebrootAuthenticator({ webrootMap: new Map() }) });
      expect({ killAt, left: readdirSync(join(one.plan.folder, 'proof')) }).toEqual({ killAt, left: [] });
      await restart(one.plan);
      expect({ killAt, ...(await outcome(one)) }).toEqual({ killAt, ...oneOfEach });
      expect(readdirSync(join(one.plan.folder, 'proof'))).toEqual([]);
    });
  });

  test('by standalone: at most the order whose validation met a dead listener is lost', { timeout: 300_000 }, async () => {
    await using base = await temporaryFolder('crash-standalone');
    const httpPort = await freePort();
    await using world = await startWorld({ validation: { httpPort } });
    const caseFor = (killAt: number) => newCase(world, base.path, { authenticator: 'standalone', names: [`k${killAt}.test`, `l${killAt}.test`], httpPort });
    const points = (await run((await caseFor(0)).plan, 0)) ?? 0;
    for (let killAt = 1; killAt <= points; killAt++) {
      const one = await caseFor(killAt);
      const ended = await run(one.plan, killAt);
      if (ended === undefined) await restart(one.plan);
      const { deadOrders, ...rest } = await outcome(one);
      expect({ killAt, ...rest, deadOrders: Math.max(0, deadOrders - 1) }).toEqual({ killAt, ...oneOfEach });
    }
  });
});

/** Serves the proof folder of the case that the Host header names. */
async function serveByHost(base: string, port: number): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer((request, response) => {
    try {
      response.end(readFileSync(join(base, (request.headers.host ?? '').split(':', 1)[0] ?? '', 'proof', request.url ?? '')));
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { port, [Symbol.asyncDispose]: () => new Promise((resolve) => (server.close(() => resolve()), server.closeAllConnections())) };
}
