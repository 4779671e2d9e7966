// Real Certbot and we on one directory, in turns: each reads, renews and revokes what the other made, with its account.
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { type Pebble, startPebble, tryFindBinary } from '@certward/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createSandbox, requireSuccess, type Sandbox } from './support/sandbox.ts';

const certbot = tryFindBinary('certbot');
if (certbot === undefined) console.log('Certbot side by side: not run (certbot is not installed)');

let pebble: Pebble;
let sandbox: Sandbox;
let env: Readonly<Record<string, string>>;

// Needs Certbot or its libraries, which the test-bed installs on Debian.
describe.runIf(certbot !== undefined)('Certbot and we', () => {
  beforeAll(async () => {
    pebble = await startPebble({ profiles: { default: { description: 'ninety days', validityPeriodSeconds: 7_776_000 } } });
  });
  afterAll(() => pebble[Symbol.asyncDispose]());
  beforeEach(async () => {
    sandbox = await createSandbox();
    env = { REQUESTS_CA_BUNDLE: sandbox.write('pebble.pem', pebble.trustedCaPem) };
  });
  afterEach(() => sandbox[Symbol.asyncDispose]());

  const version = () => Number(/(\d+)\.pem$/.exec(readlinkSync(path.join(sandbox.config, 'live', 'a.test', 'cert.pem')))?.[1]);
  const issuance = () => ['certonly', '-n', '--agree-tos', '--standalone', '--http-01-port', String(pebble.httpPort), '--server', pebble.directoryUrl, '-d', 'a.test'];
  const certbotOnly = ['--register-unsafely-without-email'];
  const renewal = ['renew', '--force-renewal', '--no-random-sleep-on-renew'];
  const server = () => ['--server', pebble.directoryUrl];
  const accounts = () => readdirSync(path.join(sandbox.config, 'accounts', new URL(pebble.directoryUrl).host, 'dir'));

  const tools = {
    certward: (args: readonly string[]) => sandbox.run(args, { env }),
    certbot: (args: readonly string[]) => sandbox.certbot(args.includes('certonly') ? [...args, ...certbotOnly] : args, { env }),
  };
  const pairs = [
    ['certward', 'certbot'],
    ['certbot', 'certward'],
  ] as const;

  test.each(pairs)('what %s made, %s lists, renews and revokes with the same account', async (first, second) => {
    requireSuccess(await tools[first](issuance()));
    expect(accounts()).toHaveLength(1);
    const listed = await tools[second](['certificates']);
    requireSuccess(listed);
    expect(listed.stdout).toContain('Certificate Name: a.test\n');
    expect(listed.stdout).toMatch(/Expiry Date: \S+ \S+\+00:00 \(VALID: \d+ days\)/);
    expect(listed.stdout).not.toContain('invalid');

    for (const [index, tool] of [second, first, second].entries()) {
      requireSuccess(await tools[tool](renewal));
      expect(version()).toBe(index + 2);
    }
    expect(accounts()).toHaveLength(1);
    requireSuccess(await tools[second](['revoke', '-n', '--cert-name', 'a.test', '--reason', 'superseded']));
    expect(existsSync(path.join(sandbox.config, 'renewal', 'a.test.conf'))).toBe(false);
    const none = await tools[first](['certificates']);
    expect(none.stdout).toContain('No certificates found.');
  });

  test.each(pairs)('%s and %s print the same account', async (first, second) => {
    requireSuccess(await tools[first](issuance()));
    const [one, two] = [await tools[first](['show_account', ...server()]), await tools[second](['show_account', ...server()])];
    requireSuccess(one);
    requireSuccess(two);
    // Certbot 2.1 does not show the thumbprint yet.
    const url = /Account URL: (\S+)/;
    expect(url.exec(two.stdout)?.[1]).toBe(url.exec(one.stdout)?.[1]);
  });

  test.each(pairs)('RSA, a reused key and a stored hook survive the way from %s to %s', async (first, second) => {
    const hook = `echo hook >> ${sandbox.folder}/ran`;
    requireSuccess(await tools[first]([...issuance(), '--key-type', 'rsa', '--reuse-key', '--deploy-hook', hook]));
    const key = () => readFileSync(path.join(sandbox.config, 'live', 'a.test', 'privkey.pem'), 'utf8');
    const before = key();
    requireSuccess(await tools[second](renewal));
    requireSuccess(await tools[first](renewal));
    expect(key()).toBe(before);
    expect(before).toContain('BEGIN PRIVATE KEY');
    expect(version()).toBe(3);
    expect(readFileSync(sandbox.join('ran'), 'utf8').trim().split('\n').length).toBeGreaterThanOrEqual(2);
  });

  test.each(pairs)('the account of %s is deactivated by %s', async (first, second) => {
    requireSuccess(await tools[first](issuance()));
    requireSuccess(await tools[second](['unregister', '-n', ...server()]));
    expect(existsSync(path.join(sandbox.config, 'accounts', new URL(pebble.directoryUrl).host, 'dir'))).toBe(false);
  });

  test('the listings differ in nothing but the label of identifiers', async () => {
    requireSuccess(await tools.certbot([...issuance(), '-d', 'b.test']));
    const theirs = (await tools.certbot(['certificates'])).stdout.replace('Domains:', 'Identifiers:');
    const ours = (await tools.certward(['certificates'])).stdout;
    expect(ours.trim()).toBe(theirs.trim());
  });

  test('a renewal summary of nothing due is the same text', async () => {
    requireSuccess(await tools.certbot(issuance()));
    const theirs = (await tools.certbot(['renew', '--no-random-sleep-on-renew'])).stdout;
    const ours = (await tools.certward(['renew', '--no-random-sleep-on-renew'])).stdout;
    expect(ours.trim()).toBe(theirs.trim());
  });
});
