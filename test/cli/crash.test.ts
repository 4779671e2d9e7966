// kill -9 of the whole command while it obtains and renews: whatever the moment, the next run and real Certbot find a state
// that they can use, and the CA sees one order.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import path from 'node:path';
import { createAcmeClient } from '@certward/acme';
import { openAccountStore, openLineageStore } from '@certward/engine';
import { keysMatch, parsePrivateKeyPem } from '@certward/pki';
import { mapConcurrent } from '@certward/base';
import { seededRandom, tryFindBinary } from '@certward/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sandboxFor, startAuthority, type TestAuthority } from './support/authority.ts';
import { mortalEnvironment } from './support/mortal.ts';
import { requireSuccess, type Sandbox } from './support/sandbox.ts';

const hasCertbot = tryFindBinary('certbot') !== undefined;
if (!hasCertbot) console.log('Certbot after a crash: not run (certbot is not installed)');

/** Every point would take minutes; these are other ones for another seed. */
const samples = 16;
const random = seededRandom(20261120);

let authority: TestAuthority;
let web: Server;
const roots = new Map<string, string>();
beforeAll(async () => {
  // Proof is asked for each time, so that a run that left or lost it would be noticed.
  authority = await startAuthority({ reuse: { authorizations: false } });
  web = createServer((request, response) => {
    const root = roots.get((request.headers.host ?? '').split(':', 1)[0] ?? '') ?? '/nowhere';
    readFile(path.join(root, request.url ?? '')).then((body) => response.end(body), () => response.writeHead(404).end());
  });
  await new Promise<void>((resolve) => web.listen(authority.httpPort, '127.0.0.1', resolve));
});
afterAll(async () => {
  web.closeAllConnections();
  await new Promise((resolve) => web.close(resolve));
  await authority[Symbol.asyncDispose]();
});

const certonly = (sandbox: Sandbox, name: string) => ['certonly', '-n', '--agree-tos', '--webroot', '-w', sandbox.join('webroot'), '-d', name, '--server', authority.directoryUrl];
const renewal = ['renew', '--force-renewal', '--no-random-sleep-on-renew'];

async function newSandbox(name: string): Promise<Sandbox> {
  const sandbox = await sandboxFor(authority);
  sandbox.write('webroot/index.html', '');
  roots.set(name, sandbox.join('webroot'));
  return sandbox;
}

/** How many points a run has that nobody kills. */
async function countPoints(sandbox: Sandbox, args: readonly string[]): Promise<number> {
  const countFile = sandbox.join('points');
  requireSuccess(await sandbox.run(args, { env: mortalEnvironment(sandbox, { killAt: 0, countFile }) }));
  return Number(readFileSync(countFile, 'utf8'));
}

async function killAt(sandbox: Sandbox, args: readonly string[], point: number): Promise<void> {
  // A run may need a request less than the one that was counted; then it lives.
  const { code, signal } = await sandbox.run(args, { env: mortalEnvironment(sandbox, { killAt: point, countFile: sandbox.join('points') }) });
  expect(signal ?? code).toSatisfy((end: unknown) => end === 'SIGKILL' || end === 0);
}

/** The points to die at: spread over the run, a random one in each part. */
function pointsToDieAt(points: number): readonly number[] {
  return Array.from({ length: samples }, (_, index) => 1 + Math.floor(((index + random.fraction()) * points) / samples));
}

/** What there is, as our own libraries see it; reading repairs what an interruption left. */
async function stateOf(sandbox: Sandbox) {
  const store = openLineageStore({ configDir: sandbox.config });
  const lineages = store.list().map(({ name }) => store.load(name));
  const accounts = openAccountStore({ configDir: sandbox.config, directoryUrl: authority.directoryUrl }).list();
  await using client = createAcmeClient({ directoryUrl: authority.directoryUrl, trustedCaPem: authority.ca.rootsPem });
  const orders = await Promise.all(accounts.map(async (one) => {
    const account = client.openAccount(one);
    return await Promise.all((await account.listOrders()).map(async (url) => (await account.openOrder(url)).state.status));
  }));
  return {
    lineages: lineages.map((one) => ({
      name: one.name,
      version: one.version,
      versions: one.completeVersions.length,
      whole: keysMatch(parsePrivateKeyPem(readFileSync(one.links.privkey, 'utf8')), one.certificate.publicKey) && readFileSync(one.links.fullchain, 'utf8') === readFileSync(one.links.cert, 'utf8') + readFileSync(one.links.chain, 'utf8'),
    })),
    accounts: accounts.length,
    orders: orders.flat(),
  };
}

/** What a run must never leave behind once the next one is through. */
function leftovers(sandbox: Sandbox) {
  const files = [...readdirSync(sandbox.config, { recursive: true }), ...readdirSync(sandbox.work, { recursive: true })].map(String);
  return {
    webroot: readdirSync(sandbox.join('webroot')),
    unfinished: files.filter((file) => /\.(?:new|creating|deleting|tmp)$|previous_|\.certbot\.lock$/.test(file)),
    journal: existsSync(path.join(sandbox.work, 'certward', 'journal')) ? readdirSync(path.join(sandbox.work, 'certward', 'journal')) : [],
  };
}
const nothingLeft = { webroot: ['index.html'], unfinished: [], journal: [] };

async function certbotLists(sandbox: Sandbox, name: string): Promise<void> {
  if (!hasCertbot) return;
  const listed = await sandbox.certbot(['certificates']);
  requireSuccess(listed);
  expect(listed.stdout).not.toContain('invalid');
  expect(listed.stdout).toMatch(new RegExp(`Certificate Name: ${name.replaceAll('.', '\\.')}\n[^]*VALID: \\d+ days`));
}

describe('killed with the power of the whole process', () => {
  test('certonly: one order, one whole lineage, one account, whoever comes next', { timeout: 240_000 }, async () => {
    await using first = await newSandbox('count.test');
    const points = await countPoints(first, certonly(first, 'count.test'));
    expect(points).toBeGreaterThan(60);
    await mapConcurrent(pointsToDieAt(points), 2, async (point, index) => {
      const name = `k${index}.test`;
      await using sandbox = await newSandbox(name);
      const args = certonly(sandbox, name);
      await killAt(sandbox, args, point);
      if (hasCertbot && index % 4 === 0) {
        const seen = await sandbox.certbot(['certificates']);
        expect({ point, code: seen.code, invalid: seen.stdout.includes('invalid') }).toEqual({ point, code: 0, invalid: false });
      }
      requireSuccess(await sandbox.run(args));
      expect({ point, ...(await stateOf(sandbox)) }).toEqual({ point, lineages: [{ name, version: 1, versions: 1, whole: true }], accounts: 1, orders: ['valid'] });
      expect({ point, ...leftovers(sandbox) }).toEqual({ point, ...nothingLeft });
      if (index % 4 === 0) await certbotLists(sandbox, name);
    });
  });

  test('renew: the certificate before stays whole, and the next run of either program renews', { timeout: 240_000 }, async () => {
    await using first = await newSandbox('count.test');
    requireSuccess(await first.run(certonly(first, 'count.test')));
    const points = await countPoints(first, renewal);
    expect(points).toBeGreaterThan(50);
    await mapConcurrent(pointsToDieAt(points), 2, async (point, index) => {
      const name = `r${index}.test`;
      await using sandbox = await newSandbox(name);
      requireSuccess(await sandbox.run(certonly(sandbox, name)));
      await killAt(sandbox, renewal, point);
      const byCertbot = hasCertbot && index % 4 === 0;
      if (byCertbot) {
        await certbotLists(sandbox, name);
        requireSuccess(await sandbox.certbot(renewal));
      }
      requireSuccess(await sandbox.run(renewal));
      const { lineages, accounts, orders } = await stateOf(sandbox);
      expect({ point, lineages }).toMatchObject({ point, lineages: [{ name, whole: true }] });
      // Every order became a version (a number may be skipped, where a version was never whole), except that nobody puts
      // the killed run's certificate over the one that Certbot has got meanwhile.
      const [lineage] = lineages;
      const spare = byCertbot ? [0, 1] : [0];
      expect({ point, accounts, spare: orders.length - (lineage?.versions ?? 0), dead: orders.filter((status) => status !== 'valid') }).toEqual({ point, accounts: 1, spare: expect.toBeOneOf(spare) as unknown, dead: [] });
      expect(orders.length).toBeLessThanOrEqual(byCertbot ? 4 : 3);
      expect({ point, ...leftovers(sandbox) }).toEqual({ point, ...nothingLeft });
    });
  });
});
