// Parts of a deployment that need no server: what is sifted out of copies, and when the TLS options are replaced.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { silentLog } from '@certward/base';
import { temporaryFolder } from '@certward/testing';
import { describe, expect, test } from 'vitest';
import type { SectionNode } from '../parser/nodes.ts';
import { parseConfig } from '../parser/parse.ts';
import { printConfig } from '../parser/print.ts';
import { layoutForOsRelease } from '../server/os-table.ts';
import { isOlder } from './certificate.ts';
import { siftRedirects } from './sift.ts';
import { applyTlsOptions, planTlsOptions } from './tls-options.ts';

describe('redirections in the copy of a host', () => {
  const sift = (lines: readonly string[]) => {
    const document = parseConfig(`<VirtualHost *:443>\n${lines.map((line) => `  ${line}\n`).join('')}</VirtualHost>\n`, 'a.conf');
    const found = siftRedirects(document.children[0] as SectionNode, ['a.test']);
    return { found, lines: printConfig(document).split('\n').slice(1, -2).map((line) => line.slice(2)) };
  };
  const remark = ['# Some redirections of this file were disabled on the https host,', '# because they can lead from https to https without end.'];

  test('to https become comments with their conditions; other rules stay', () => {
    const kept = ['RewriteEngine on', 'RewriteCond %{X} y', 'RewriteRule ^/a /b [L]'];
    const gone = ['RewriteCond %{HTTPS} !=on', 'RewriteRule ^ "https://%{SERVER_NAME}%{REQUEST_URI}" [R]'];
    expect(sift([...kept, ...gone])).toEqual({ found: true, lines: [...kept, ...remark, ...gone.map((line) => `# ${line}`)] });
    expect(sift(kept)).toEqual({ found: false, lines: kept });
  });

  test('to the host itself become comments, to other hosts stay', () => {
    expect(sift(['Redirect permanent / https://a.test/', 'Redirect / https://www.a.test/'])).toEqual({
      found: true,
      lines: [...remark, '# Redirect permanent / https://a.test/', 'Redirect / https://www.a.test/'],
    });
  });
});

describe('TLS options', () => {
  test('are written, replaced while nobody edited them, kept and warned about once when somebody did', async () => {
    await using folder = await temporaryFolder('tls-options');
    const configDir = folder.path;
    const path = folder.join('options-ssl-apache.conf');
    const apply = async (version: readonly number[]) => {
      const plan = planTlsOptions(configDir, version);
      await applyTlsOptions(plan, { configDir, log: silentLog });
      return plan.action;
    };
    expect(await apply([2, 4, 7])).toBe('write');
    expect(readFileSync(path, 'utf8')).not.toContain('SSLSessionTickets');
    expect(await apply([2, 4, 60])).toBe('write');
    expect(readFileSync(path, 'utf8')).toContain('SSLEngine on\n');
    expect(readFileSync(path, 'utf8')).toContain('SSLSessionTickets off\n');
    expect(await apply([2, 4, 60])).toBe('none');
    expect(readdirSync(configDir).sort()).toEqual(['.updated-options-ssl-apache-conf-digest.txt', 'options-ssl-apache.conf']);
    writeFileSync(path, 'SSLEngine on\n# mine\n');
    writeFileSync(folder.join('.updated-options-ssl-apache-conf-digest.txt'), 'of an earlier release');
    expect([await apply([2, 4, 60]), await apply([2, 4, 60])]).toEqual(['warn', 'none']);
    expect(readFileSync(path, 'utf8')).toBe('SSLEngine on\n# mine\n');
  });

  test('versions compare by number', () => {
    expect([isOlder([2, 4, 7], [2, 4, 8]), isOlder([2, 4, 8], [2, 4, 8]), isOlder([2, 4, 10], [2, 4, 8]), isOlder([2, 5], [2, 4, 8])]).toEqual([true, false, false, false]);
  });
});

describe('the table of operating systems', () => {
  test.each([
    ['ID=debian\n', '/etc/apache2', 'apache2ctl', true],
    ['NAME="Linux Mint"\nID=linuxmint\nID_LIKE="ubuntu debian"\n', '/etc/apache2', 'apache2ctl', true],
    ['ID="rocky"\nID_LIKE="rhel centos fedora"\n', '/etc/httpd', 'apachectl', false],
    ['ID=unheard-of\nID_LIKE="something arch"\n', '/etc/httpd', 'apachectl', false],
    ['ID="opensuse-leap"\n', '/etc/apache2', 'apachectl', false],
    ['ID=alpine\n', '/etc/apache2', 'apachectl', false],
    ['ID=void\n', '/etc/apache', 'apachectl', false],
    ['ID=gentoo\n', '/etc/apache2', 'apache2ctl', false],
    ['ID=toString\n', '/etc/apache2', 'apache2ctl', false],
    ['', '/etc/apache2', 'apache2ctl', false],
  ])('%j', (text, serverRoot, ctl, handleModules) => {
    expect(layoutForOsRelease(text, 'linux')).toMatchObject({ serverRoot, ctl, handleModules });
  });

  test('Darwin has no os-release', () => {
    expect(layoutForOsRelease(undefined, 'darwin').vhostRoot).toBe('/etc/apache2/other');
  });
});
