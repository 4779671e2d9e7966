// Command lines that are wrong, or that need an answer which nobody can give: both programs end with the same status.
import { chmodSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Pebble } from '@certward/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lane, openLane, startCa } from './support/lane.ts';
import { hasCertbot, issue, standalone } from './support/words.ts';

/** What is wrong, the words, and the status that both must end with. */
type Line = readonly [what: string, args: (lane: Lane) => readonly string[], code: number];

const proof = (lane: Lane, ...more: readonly string[]) => issue(lane, ...standalone(lane), ...more);

const syntax: readonly Line[] = [
  ['an unknown option', () => ['certonly', '--no-such-option'], 2],
  ['an unknown short option', () => ['certonly', '-Z'], 2],
  ['a word too many', () => ['certonly', 'nonsense'], 2],
  ['an option without its value', () => ['certonly', '-d'], 2],
  ['an option without its value before another', () => ['certonly', '--email', '--agree-tos'], 2],
  ['a number that is none', () => ['certonly', '--http-01-port', 'http'], 2],
  ['a negative number of logs', () => ['certonly', '--max-log-backups', '-1'], 2],
  ['a choice that is none', () => ['certonly', '--key-type', 'dsa'], 2],
  ['a reason that is none', () => ['revoke', '--reason', 'boredom'], 2],
  ['an ambiguous abbreviation', () => ['certonly', '--no'], 2],
  ['a value for a switch', () => ['certonly', '--dry-run=yes'], 2],
  ['a file of settings that is missing', (lane) => ['certonly', '-c', lane.sandbox.join('missing.ini')], 2],
  ['a file of settings with an unknown key', (lane) => ['certonly', '-c', lane.sandbox.write('bad.ini', 'bogus = 1\n')], 2],
  ['a file of settings with underscores', (lane) => ['certonly', '-c', lane.sandbox.write('under.ini', 'dry_run = true\n')], 2],
  ['a challenge that is none', () => ['certonly', '-n', '--standalone', '-d', 'a.test', '--preferred-challenges', 'carrier-pigeon'], 2],
  ['a curve that is none', () => ['certonly', '-n', '--standalone', '-d', 'a.test', '--elliptic-curve', 'secp999r1'], 2],
];

const names: readonly Line[] = [
  ['a URL', (lane) => proof(lane, '-d', 'http://a.test'), 1],
  ['an address among names', (lane) => proof(lane, '-d', '192.0.2.1'), 1],
  ['a name that is not ASCII', (lane) => proof(lane, '-d', 'bücher.test'), 1],
  ['an empty label', (lane) => proof(lane, '-d', 'a..test'), 1],
  ['a label that is too long', (lane) => proof(lane, '-d', `${'a'.repeat(64)}.test`), 1],
  ['a name that is too long', (lane) => proof(lane, '-d', `${'a.'.repeat(130)}test`), 1],
  ['a wildcard in the middle', (lane) => proof(lane, '-d', 'a.*.test'), 1],
  ['two wildcards', (lane) => proof(lane, '-d', '*.*.a.test'), 1],
  ['a wildcard that HTTP cannot prove', (lane) => proof(lane, '-d', '*.a.test'), 1],
  ['a path in a name', (lane) => proof(lane, '-d', 'a.test/path'), 1],
  ['a certificate name with a path', (lane) => proof(lane, '-d', 'new.test', '--cert-name', 'a/b'), 1],
  ['no name at all', (lane) => proof(lane), 1],
];

const conflicts: readonly Line[] = [
  ['-n with --force-interactive', () => ['certonly', '-n', '--force-interactive', '-d', 'a.test'], 1],
  ['renew with --force-interactive', () => ['renew', '--force-interactive'], 1],
  ['renew with names', () => ['renew', '-d', 'a.test'], 1],
  ['a dry run of deleting', () => ['delete', '--dry-run', '--cert-name', 'a.test'], 1],
  ['--csr with renew', (lane) => ['renew', '--csr', lane.sandbox.write('some.csr', '')], 1],
  ['a staging server that is another', () => ['certonly', '-n', '--staging', '--server', 'https://ca.test/dir'], 1],
  ['the same port twice', () => ['certonly', '-n', '--standalone', '-d', 'a.test', '--http-01-port', '443'], 1],
  ['two authenticators', () => ['certonly', '-n', '--standalone', '--webroot', '-d', 'a.test'], 1],
  ['a subset of a wildcard', (lane) => proof(lane, '-d', '*.a.test', '--allow-subset-of-names'), 1],
  ['hsts twice', () => ['run', '-n', '--hsts', '--auto-hsts', '-d', 'a.test'], 1],
  ['parentheses in the comment', (lane) => proof(lane, '-d', 'a.test', '--user-agent-comment', '(x)'), 2],
  ['another key type without the name', (lane) => proof(lane, '-d', 'a.test', '--key-type', 'rsa', '--force-renewal'), 1],
  ['a path and a name to revoke', (lane) => ['revoke', '-n', '--cert-name', 'a.test', '--cert-path', live(lane, 'cert.pem')], 1],
  ['the key of another certificate', (lane) => ['revoke', '-n', '--cert-path', live(lane, 'cert.pem'), '--key-path', otherKey(lane), '--server', lane.pebble.directoryUrl], 1],
];

const missing: readonly Line[] = [
  ['no plugin', () => ['certonly', '-n', '-d', 'n.test'], 1],
  ['a plugin that does not exist', () => ['certonly', '-n', '-a', 'bogus', '-d', 'n.test'], 1],
  ['no webroot', (lane) => issue(lane, '--webroot', '-d', 'n.test'), 1],
  ['a webroot that is no folder', (lane) => issue(lane, '--webroot', '-w', lane.sandbox.join('missing'), '-d', 'n.test'), 1],
  ['a name before the first of several webroots', (lane) => issue(lane, '--webroot', '-d', 'n.test', '-w', lane.cwd, '-d', 'm.test', '-w', lane.sandbox.folder), 1],
  ['a map of webroots that is no JSON', (lane) => issue(lane, '--webroot', '--webroot-map', '{n.test}'), 1],
  ['no hook for manual', (lane) => issue(lane, '--manual', '-d', 'n.test'), 1],
  ['no credentials for rfc2136', (lane) => issue(lane, '--dns-rfc2136', '-d', 'n.test'), 1],
  ['credentials that are missing', (lane) => issue(lane, '--dns-rfc2136', '--dns-rfc2136-credentials', lane.sandbox.join('missing.ini'), '-d', 'n.test'), 1],
  ['credentials without a server', (lane) => issue(lane, '--dns-rfc2136', '--dns-rfc2136-credentials', lane.sandbox.write('empty.ini', '', 0o600), '-d', 'n.test'), 1],
  ['no agreement to the terms', (lane) => ['register', '-n', '-m', 'a@a.test', '--server', lane.pebble.directoryUrl.replace('/dir', '/dir/')], 1],
  ['a certificate that does not exist, to renew', () => ['renew', '--cert-name', 'no.test'], 1],
  ['a certificate that does not exist, to obtain', (lane) => proof(lane, '--cert-name', 'no.test'), 1],
  ['a certificate that does not exist, to delete', () => ['delete', '-n', '--cert-name', 'no.test'], 1],
  ['a certificate that does not exist, to revoke', () => ['revoke', '-n', '--cert-name', 'no.test'], 1],
  ['a certificate that does not exist, to list', () => ['certificates', '--cert-name', 'no.test'], 0],
  ['names that no certificate has', () => ['certificates', '-d', 'no.test'], 0],
  ['nothing to delete', () => ['delete', '-n'], 1],
  ['nothing to revoke', () => ['revoke', '-n'], 1],
  ['a file to revoke that is missing', (lane) => ['revoke', '-n', '--cert-path', lane.sandbox.join('missing.pem')], 1],
  ['more names without --expand', (lane) => proof(lane, '-d', 'a.test', '-d', 'z.test'), 1],
  ['a second account', (lane) => ['register', '-n', '--agree-tos', '-m', 'a@a.test', '--server', lane.pebble.directoryUrl], 1],
  ['no account to show', () => ['show_account', '-n', '--server', 'https://127.0.0.1:1/dir'], 1],
  ['no account to update', () => ['update_account', '-n', '-m', 'a@a.test', '--server', 'https://127.0.0.1:1/dir'], 1],
  ['no account to deactivate', () => ['unregister', '-n', '--server', 'https://127.0.0.1:1/dir'], 1],
  ['an account that does not exist', (lane) => proof(lane, '-d', 'n.test', '--account', 'nobody'), 1],
  ['a server that does not answer', () => ['certonly', '-n', '--agree-tos', '--register-unsafely-without-email', '--standalone', '--http-01-port', '1', '-d', 'n.test', '--server', 'https://127.0.0.1:1/dir'], 1],
  ['a hook that is not on PATH', (lane) => proof(lane, '-d', 'n.test', '--pre-hook', 'no-such-command'), 1],
];

const live = (lane: Lane, file: string) => path.join(lane.sandbox.config, 'live', 'a.test', file);
const otherKey = (lane: Lane) => path.join(lane.sandbox.config, 'live', 'b.test', 'privkey.pem');

let pebbles: readonly Pebble[];
let theirs: Lane;
let ours: Lane;

// Needs Certbot or its libraries, which the test-bed installs on Debian.
describe.runIf(hasCertbot)('a command line that is wrong because of', () => {
  beforeAll(async () => {
    pebbles = await Promise.all([startCa(), startCa()]);
    const lanes = await Promise.all(pebbles.map((pebble) => openLane(pebble)));
    [theirs, ours] = lanes as [Lane, Lane];
    for (const lane of lanes) {
      mkdirSync(lane.sandbox.logs, { recursive: true });
      chmodSync(lane.sandbox.logs, 0o700);
    }
    const make = async (lane: Lane, name: string) => expect(await lane.run('certbot', proof(lane, '-d', name))).toMatchObject({ code: 0 });
    await Promise.all(lanes.map(async (lane) => (await make(lane, 'a.test'), make(lane, 'b.test'))));
  });
  afterAll(async () => {
    for (const one of [theirs, ours, ...pebbles]) await one[Symbol.asyncDispose]();
  });

  describe.each([
    ['syntax', syntax],
    ['names', names],
    ['conflicts', conflicts],
    ['something missing', missing],
  ] as const)('%s', (_, lines) => {
    test.each(lines)('%s ends both programs alike', async (_what, args, code) => {
      const [end, own] = await Promise.all([theirs.run('certbot', args(theirs)), ours.run('certward', args(ours))]);
      expect(end).toMatchObject({ code });
      expect(own).toMatchObject({ code });
    });
  });
});
