import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseArguments } from '../args/parse.ts';
import { productionDirectory, stagingDirectory } from '../args/options/security.ts';
import { checkConflicts } from '../check-arguments.ts';
import { parsePreferredChallenges } from './challenges.ts';
import { keySpecOf } from './key.ts';
import { lineageNameFor, requestedIdentifiers, summarizeNames } from './names.ts';
import { chosenPlugins, requireAuthenticator } from './plugins.ts';
import { resolveServer } from './server.ts';
import { settingsOf } from './settings.ts';
import { restoreSettings, storedParameters, type StoredValue } from './stored.ts';
import { completeWebrootMap, parseWebrootMap, typedWebrootMap } from './webroots.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cli-settings-'));
  for (const name of ['a', 'b']) mkdirSync(path.join(folder, name));
});
afterAll(() => rmSync(folder, { recursive: true }));

const parse = (line: string) => parseArguments(line.split(' ').filter((word) => word !== ''), { iniFiles: [], environment: {} });
const settings = (line: string) => settingsOf(parse(line), new Map());
const dns = (value: string) => ({ type: 'dns', value });

describe('requestedIdentifiers', () => {
  test('splits, lower-cases, strips one final dot and keeps the first of equals', () => {
    expect(requestedIdentifiers(parse('-d A.test,b.test. -d a.test --ip-address 2001:DB8::1').values)).toEqual([dns('a.test'), dns('b.test'), { type: 'ip', value: '2001:db8::1' }]);
  });

  test('--webroot-map names names', () => {
    expect(requestedIdentifiers(parse('--webroot-map {"a.test,b.test":"/srv"}').values)).toEqual([dns('a.test'), dns('b.test')]);
  });

  test.each([
    ['https://a.test', /appears to be a URL, not a FQDN/],
    ['192.0.2.1', /is an IP address/],
    ['a..test', /empty label/],
    ['a,,b', /empty label/],
    [`${'x'.repeat(64)}.test`, /too long/],
    ['a.*.test', /wildcard in the wrong place/],
    ['ü.test', /Punycode/],
    ['a.test/b', /invalid character/],
    ['a.test:80', /invalid character/],
  ])('refuses "%s"', (name, message) => {
    expect(() => requestedIdentifiers(parseArguments(['-d', name], { iniFiles: [] }).values)).toThrow(message);
  });
});

describe('names in sentences', () => {
  const three = ['a.test', 'b.test', 'c.test'].map((value) => ({ type: 'dns' as const, value }));
  test.each([
    [1, 'a.test'],
    [2, 'a.test and b.test'],
    [3, 'a.test and 2 more domains'],
  ])('%i', (count, text) => {
    expect(summarizeNames(three.slice(0, count))).toBe(text);
  });

  test('the lineage is called after the first name that is no wildcard', () => {
    expect(lineageNameFor([{ type: 'dns', value: '*.a.test' }, { type: 'dns', value: 'b.test' }])).toBe('b.test');
    expect(lineageNameFor([{ type: 'dns', value: '*.a.test' }])).toBe('a.test');
  });
});

describe('web roots', () => {
  const root = (name: string) => path.join(folder, name);
  const mapOf = (line: string) => Object.fromEntries(typedWebrootMap(parse(line.replaceAll('@', `${folder}/`))));

  test.each([
    ['-w @a -d a.test -d b.test -w @b -d c.test', { 'a.test': 'a', 'b.test': 'a', 'c.test': 'b' }],
    ['-d a.test -w @a -d b.test', { 'a.test': 'a', 'b.test': 'a' }],
    ['-d a.test -d b.test -w @a', { 'a.test': 'a', 'b.test': 'a' }],
    ['-w @a -w @b -d a.test', { 'a.test': 'b' }],
  ])('%s', (line, expected) => {
    expect(mapOf(line)).toEqual(Object.fromEntries(Object.entries(expected).map(([name, value]) => [name, root(value)])));
  });

  test('several, and a name before the first, is an error', () => {
    expect(() => mapOf('-d a.test -w @a -d b.test -w @b')).toThrow('one of them must precede all domain flags');
  });

  test('--webroot-map beats -w', () => {
    expect(typedWebrootMap(parse(`-w ${root('a')} -d a.test --webroot-map {"a.test":"${root('b')}"}`)).get('a.test')).toBe(root('b'));
  });

  test('a folder that is not there is refused', () => {
    expect(() => mapOf('-w /nonexistent-webroot -d a.test')).toThrow('/nonexistent-webroot does not exist or is not a directory');
  });

  test.each(['{', '[]', '"x"', '{"a.test":1}', 'null'])('--webroot-map %s is refused', (text) => {
    expect(() => parseWebrootMap(text)).toThrow('--webroot-map is not a JSON object');
  });

  test('names left over take the last one', () => {
    expect(completeWebrootMap(new Map([['a.test', '/x']]), ['a.test', 'b.test'], [root('a'), root('b')])).toEqual(new Map([['a.test', '/x'], ['b.test', root('b')]]));
  });
});

describe('the server', () => {
  test.each([
    ['certonly', productionDirectory],
    ['certonly --staging', stagingDirectory],
    ['certonly --dry-run', stagingDirectory],
    ['certonly --dry-run --server https://ca.test/dir', 'https://ca.test/dir'],
    ['certonly --server https://ca.test/dir', 'https://ca.test/dir'],
  ])('of "%s" is %s', (line, server) => {
    expect(resolveServer(settings(line)).values.server).toBe(server);
  });

  test.each(['ftp://x', 'ca.test', ''])('"%s" is refused', (url) => {
    expect(() => resolveServer(settingsOf(parseArguments(['--server', url], { iniFiles: [] }), new Map()))).toThrow('is not the URL of an ACME directory');
  });
});

describe('conflicting options', () => {
  test.each([
    ['certonly --staging --server https://ca.test/dir', '--server value conflicts with --staging'],
    ['run --dry-run', "--dry-run currently only works with the 'certonly' or 'renew' subcommands ('run')"],
    ['renew --csr x', "--csr only works with the 'certonly' subcommand"],
    ['renew -d a.test', 'the renew verb is capable of either renewing all'],
    ['certonly -n --force-interactive', '--force-interactive conflict'],
    ['renew --force-interactive', 'renew cannot be used with --force-interactive'],
    ['certonly --allow-subset-of-names -d *.a.test', 'wildcard domain is not supported'],
    ['certonly --allow-subset-of-names --csr x', 'cannot be used with --csr'],
    ['certonly --key-type rsa --rsa-key-size 1024', 'Unsupported RSA key length: 1024'],
    ['certonly --cert-name a/b', 'contains a path separator'],
    ['certonly --http-01-port 443', '--http-01-port and --https-port must be different'],
    ['certonly --user-agent-comment (x)', 'may not contain parentheses'],
    ['run --hsts --auto-hsts', 'cannot be used simultaneously'],
  ])('%s', (line, message) => {
    expect(() => checkConflicts(parse(line))).toThrow(message);
  });
});

describe('plugins', () => {
  test.each([
    ['--standalone', 'standalone', undefined],
    ['-a webroot', 'webroot', undefined],
    ['-a webroot -i nginx', 'webroot', 'nginx'],
    ['--nginx', 'nginx', 'nginx'],
    ['--nginx --webroot', 'webroot', 'nginx'],
    ['--configurator apache', 'apache', 'apache'],
    ['-a certbot-route53:auth', 'dns-route53', undefined],
    ['-a dist:thing', 'thing', undefined],
    ['-i null -a manual', 'manual', undefined],
    ['', undefined, undefined],
  ])('"%s" chooses %s and %s', (line, authenticator, installer) => {
    expect(chosenPlugins(settings(line))).toEqual({ authenticator, installer });
  });

  test('two of a kind contradict each other', () => {
    expect(() => chosenPlugins(settings('--standalone --webroot'))).toThrow('Too many flags setting configurators/installers/authenticators');
  });

  test('an unknown one is refused in the words that scripts know', () => {
    expect(() => requireAuthenticator('bogus')).toThrow('The requested bogus plugin does not appear to be installed');
  });
});

describe('challenges and keys', () => {
  test('short names are understood', () => {
    expect(parsePreferredChallenges(['dns,http', 'tls-alpn'])).toEqual(['dns-01', 'http-01', 'tls-alpn-01']);
  });

  test('tls-sni is refused with what replaced it', () => {
    expect(() => parsePreferredChallenges(['tls-sni'])).toThrow(expect.objectContaining({ message: 'Unrecognized challenges: tls-sni', hint: expect.stringContaining('tls-alpn') as string }));
  });

  test.each([
    ['', { type: 'ecdsa', curve: 'P-256' }],
    ['--elliptic-curve SECP384R1', { type: 'ecdsa', curve: 'P-384' }],
    ['--key-type rsa', { type: 'rsa', bits: 2048 }],
    ['--key-type rsa --rsa-key-size 4096', { type: 'rsa', bits: 4096 }],
  ])('"%s"', (line, spec) => {
    expect(keySpecOf(parse(line).values)).toEqual(spec);
  });

  test('unknown curves are refused', () => {
    expect(() => keySpecOf(parse('--elliptic-curve secp256k1').values)).toThrow('Unsupported elliptic curve: secp256k1');
  });
});

describe('stored parameters', () => {
  const stored = (entries: Readonly<Record<string, StoredValue>>) => ({ parameters: new Map(Object.entries(entries)), webrootMap: new Map<string, string>() });

  test('what was typed is stored, and server and key type always', () => {
    expect(Object.fromEntries(storedParameters(settings('--standalone --http-01-port 8080 --deploy-hook x --no-autorenew --preferred-challenges http')))).toEqual({
      server: productionDirectory,
      key_type: 'ecdsa',
      http01_port: 8080,
      renew_hook: 'x',
      autorenew: false,
      pref_challs: ['http'],
    });
  });

  test('what was stored comes back and is stored again; what is typed beats it', () => {
    const text = { server: 'https://ca.test/dir', authenticator: 'standalone', http01_port: 8080, reuse_key: true, renew_hook: 'old', key_type: 'rsa', autorenew: false };
    const restored = restoreSettings(settings('renew --deploy-hook new'), stored(text));
    expect(restored.values).toMatchObject({ server: 'https://ca.test/dir', http01Port: 8080, reuseKey: true, deployHook: 'new', keyType: 'rsa', noAutorenew: true });
    expect(Object.fromEntries(storedParameters(restored))).toEqual({ ...text, renew_hook: 'new' });
  });

  test('options of a plug-in are texts in the file and get the type of the option', () => {
    const { values } = restoreSettings(settings('renew'), stored({ authenticator: 'dns-rfc2136', dns_rfc2136_propagation_seconds: '5', dns_rfc2136_credentials: '/x.ini' }));
    expect(values).toMatchObject({ dnsRfc2136PropagationSeconds: 5, dnsRfc2136Credentials: '/x.ini' });
  });

  test('options of foreign plugins are kept, those of Certbot that mean nothing today are dropped', () => {
    const restored = restoreSettings(settings('renew'), stored({ authenticator: 'dist:dns-porkbun', dns_porkbun_key: 'x', tls_sni_01_port: '443' }));
    expect([...restored.foreign.keys()]).toEqual(['dns_porkbun_key']);
    expect(storedParameters(restored).get('dns_porkbun_key')).toBe('x');
  });

  test.each([{ dns_rfc2136_propagation_seconds: 'eighty' }, { reuse_key: 'perhaps' }])('%j makes the configuration invalid', (entries) => {
    expect(() => restoreSettings(settings('renew'), stored(entries))).toThrow(/Expected/);
  });
});
