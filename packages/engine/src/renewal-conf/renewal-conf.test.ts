// Renewal configurations of all ages: reading them with types, rewriting them, choosing what is stored.
import { describe, expect, test } from 'vitest';

import { parseConfigObj } from '../configobj/document.ts';
import { hasOracle, oracleParse } from '../configobj/testdata/oracle.ts';
import { chooseParams } from './choose-params.ts';
import { parseInterval } from './interval.ts';
import { parseRenewalParams } from './params.ts';
import { readRenewalState, writeRenewalState } from './renewal-info.ts';
import { parseRenewalConf, renderRenewalConf } from './renewal-conf.ts';

const links = { cert: '/l/a/cert.pem', privkey: '/l/a/privkey.pem', chain: '/l/a/chain.pem', fullchain: '/l/a/fullchain.pem' };
const top = Object.entries(links).map(([kind, path]) => `${kind} = ${path}`).join('\n');
const confOf = (params: string) => parseRenewalConf(`${top}\n[renewalparams]\n${params}\n`);
const paramsOf = (text: string) => parseRenewalParams(parseConfigObj(`[renewalparams]\n${text}`).root.section('renewalparams') ?? raise());

function raise(): never {
  throw new Error('no section');
}

describe('reading', () => {
  test('a file of today', () => {
    const conf = parseRenewalConf(`version = 5.7.0.dev0\narchive_dir = /a/a\n${top}\nrenew_before_expiry = 6 weeks\n[renewalparams]
account = 23a9\npref_challs = http-01,\nserver = https://ca.test/dir\nauthenticator = webroot\nwebroot_path = /srv/one, /srv/two\nkey_type = ecdsa\nrenew_hook = systemctl reload nginx
http01_port = 8080\nreuse_key = true\nautorenew = False\nwebroot_other = True\n[[webroot_map]]\na.test = /srv/one\nb.test = /srv/two`);
    expect(conf).toMatchObject({ version: '5.7.0.dev0', archiveDir: '/a/a', links, server: 'https://ca.test/dir', renewBeforeExpirySeconds: 42 * 86_400 });
    expect(conf.params).toEqual({
      account: '23a9', pref_challs: ['http-01'], server: 'https://ca.test/dir', authenticator: 'webroot', webroot_path: ['/srv/one', '/srv/two'], key_type: 'ecdsa',
      renew_hook: 'systemctl reload nginx', http01_port: 8080, reuse_key: true, autorenew: false,
      webroot_map: new Map([['a.test', '/srv/one'], ['b.test', '/srv/two']]), plugin: new Map([['webroot_other', true]]),
    });
  });

  test('a file of 2016: options as None, a scalar path, ACME v1, keys nobody knows any more', () => {
    const params = paramsOf('domains = a.test,\nfunc = <function obtain_cert at 0x7f>\ninstaller = None\nhttp01_port = None\nwebroot_path = /srv\nserver = https://acme-v01.api.letsencrypt.org/directory\nauthenticator = dns-rfc2136\ndns_rfc2136_credentials = /x.ini\ndns_rfc2136_flag = None\nnginx_x = 1\nrsa_key_size = 4096');
    expect(params).toEqual({
      server: 'https://acme-v02.api.letsencrypt.org/directory', key_type: 'rsa', authenticator: 'dns-rfc2136', webroot_path: ['/srv'], rsa_key_size: 4096,
      webroot_map: new Map(), plugin: new Map<string, string | null>([['dns_rfc2136_credentials', '/x.ini'], ['dns_rfc2136_flag', null]]),
    });
  });

  test('a hook with an unquoted comma or a stray percent is what its writer meant', () => {
    expect(paramsOf('renew_hook = echo a, b').renew_hook).toBe('echo a, b');
    expect(paramsOf('renew_hook = date +%(s)s').renew_hook).toBe('date +%(s)s');
  });

  test.each([['http01_port = eighty', 'a number'], ['autorenew = yes', 'True or False'], ['rsa_key_size = 1, 2', 'a number'], ['must_staple =', 'True or False']])('refuses %s', (line, expected) => {
    expect(() => confOf(line).params).toThrow(expect.objectContaining({ code: 'confMalformed', message: expect.stringContaining(`is not ${expected}`) as string }));
  });

  test('refuses a missing or relative link and a missing section', () => {
    expect(() => parseRenewalConf(top.replace('chain = ', 'x = '))).toThrow('the key "chain" is missing');
    expect(() => parseRenewalConf(top.replace('/l/a/cert.pem', 'cert.pem'))).toThrow('"cert" is not an absolute path');
    expect(() => parseRenewalConf(top).params).toThrow('the section [renewalparams] is missing');
  });

  test.each([['30 days', 30], ['30', 30], ['6 weeks', 42], ['100 years', 36_500], ['1 month 1 week', 37], ['3 days, 12 hours', 3.5], ['1 day and 12 hours', 1.5], ['36h', 1.5]])('the interval %j is %d days', (text, days) => {
    expect(parseInterval(text)).toBe(days * 86_400);
  });

  test.each(['', 'soon', '30 fortnights', 'days', '3 days x', '-1 days'])('%j is no interval', (text) => {
    expect(() => parseInterval(text)).toThrow(expect.objectContaining({ code: 'confMalformed' }));
  });
});

describe('writing', () => {
  const values = new Map<string, string | number | boolean | null | readonly string[] | ReadonlyMap<string, string>>([
    ['server', 'https://ca.test/dir'], ['pref_challs', ['http-01']], ['http01_port', 80], ['reuse_key', true], ['installer', null], ['webroot_path', ['/srv', '/x, y']], ['webroot_map', new Map([['a.test', '/srv']])], ['renew_hook', 'echo "a, b"'],
  ]);

  test('puts every kind of value the way Certbot does', () => {
    expect(renderRenewalConf(undefined, { version: '1.2.3', archiveDir: '/a/a', links, params: values })).toBe(
      `version = 1.2.3\narchive_dir = /a/a\n${top}\n[renewalparams]\nserver = https://ca.test/dir\npref_challs = http-01,\nhttp01_port = 80\nreuse_key = True\ninstaller = None\nwebroot_path = /srv, "/x, y"\nrenew_hook = 'echo "a, b"'\n[[webroot_map]]\na.test = /srv\n`,
    );
  });

  test('keeps comments, foreign keys and foreign sections, and drops options that are gone', () => {
    const current = `# top\n${top}\nrenew_before_expiry = 9 days # mine\n# Options used in the renewal process\n[renewalparams]\naccount = 1\n# why\nold = 1\n[[webroot_map]]\nb.test = /old\n[other]\nx = 1\n`;
    expect(renderRenewalConf(current, { version: '1.0', archiveDir: '/a/a', links, params: new Map([['account', '2'], ['server', 's']]) })).toBe(
      `# top\n${top}\nrenew_before_expiry = 9 days # mine\nversion = 1.0\narchive_dir = /a/a\n# Options used in the renewal process\n[renewalparams]\naccount = 2\nserver = s\n# why\n[other]\nx = 1\n`,
    );
  });

  test.each(['certward-1.0', '1.0-beta', '', 'v1'])('refuses the version %j, over which Certbot would stumble', (version) => {
    expect(() => renderRenewalConf(undefined, { version, archiveDir: '/a', links, params: new Map() })).toThrow(expect.objectContaining({ code: 'confUnwritable' }));
  });

  test('stores what the user set, what follows from it, and always server and key type', () => {
    const run = new Map<string, string | readonly string[] | ReadonlyMap<string, string>>([
      ['server', 's'], ['key_type', 'ecdsa'], ['account', 'id'], ['pre_hook', 'x'], ['post_hook', 'y'], ['dns_rfc2136_credentials', '/c'], ['dns_other_x', '1'], ['email', 'a@b.test'], ['webroot_path', ['/srv']], ['webroot_map', new Map([['a', '/srv']])],
    ]);
    const chosen = (setByUser: string[]) => [...chooseParams({ values: run, setByUser: new Set(setByUser), plugins: ['dns-rfc2136', 'webroot'] }).keys()];
    expect(chosen([])).toEqual(['server', 'key_type', 'account']);
    expect(chosen(['pre_hook', 'email', 'dns_rfc2136_credentials', 'dns_other_x', 'webroot_path'])).toEqual(['server', 'key_type', 'account', 'pre_hook', 'dns_rfc2136_credentials', 'webroot_path', 'webroot_map']);
  });
});

describe('the state kept between runs', () => {
  const ari = { window: { start: new Date('2027-01-01T00:00:00Z'), end: new Date('2027-01-02T00:00:00Z') }, instant: new Date('2027-01-01T07:08:09.123Z'), nextCheckAt: new Date('2026-12-01T06:00:00Z'), explanationUrl: 'https://ca.test/why' };
  const failures = new Map([['https://ca.test/dir,1', { count: 3, lastAt: new Date('2026-12-01T00:00:00Z') }], ['https://two.test/', { count: 1, lastAt: new Date('2026-12-02T00:00:00Z') }]]);

  test('comes back for the same certificate and for no other', () => {
    const conf = confOf('server = s');
    writeRenewalState(conf, { serial: '0a0b', state: { ari, failures } });
    const again = parseRenewalConf(conf.document.toString());
    expect(readRenewalState(again, '0a0b')).toEqual({ ari, failures });
    expect(readRenewalState(again, '0a0c')).toEqual({ ari: undefined, failures: new Map() });
    writeRenewalState(again, { serial: '0a0b', state: { ari: undefined, failures: new Map() } });
    expect(again.document.root.section('acme_renewal_info')?.keys()).toEqual(['ari_retry_after']);
  });

  test('an empty state adds no section', () => {
    const conf = confOf('server = s');
    writeRenewalState(conf, { serial: '01', state: { ari: undefined, failures: new Map() } });
    expect(conf.document.edited).toBe(false);
  });

  test('damaged values are as if never written', () => {
    const conf = parseRenewalConf(`${top}\n[acme_renewal_info]\ncertward_serial = 01\ncertward_renew_at = soon\ncertward_failures = x, 1 2 3, "2 2026-12-01T00:00:00Z s"`);
    expect(readRenewalState(conf, '01')).toEqual({ ari: undefined, failures: new Map([['s', { count: 2, lastAt: new Date('2026-12-01T00:00:00Z') }]]) });
  });

  // Needs Certbot or its libraries, which the test-bed installs on Debian.
  test.runIf(hasOracle())('a hostile URL from the CA cannot make the file unreadable for Certbot', () => {
    for (const url of ['https://ca.test/%(x)s', 'https://ca.test/"\n[renewalparams]\nrenew_hook = x', `https://ca.test/'"'''"""`, 'https://ca.test/#a,b']) {
      const conf = confOf('server = s');
      writeRenewalState(conf, { serial: '01', state: { ari: { ...ari, explanationUrl: url }, failures: new Map([[url, { count: 1, lastAt: ari.instant }]]) } });
      const [there] = oracleParse([conf.document.toString()], { interpolation: true });
      expect(there).toMatchObject({ renewalparams: { server: 's' }, acme_renewal_info: { certward_serial: '01' } });
      expect(Object.keys(there?.['renewalparams'] ?? {})).toEqual(['server']);
      expect(readRenewalState(parseRenewalConf(conf.document.toString()), '01').ari?.instant).toEqual(ari.instant);
    }
  });
});
