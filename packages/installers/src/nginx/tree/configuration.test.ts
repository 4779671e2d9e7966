import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Log, silentLog } from '@certward/base';
import { temporaryFolder } from '@certward/testing';
import { describe, expect, test } from 'vitest';
import { type Configuration, loadConfiguration } from './configuration.ts';

async function load(files: Readonly<Record<string, string>>, log: Log = silentLog): Promise<Configuration> {
  await using folder = await temporaryFolder('configuration');
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(folder.join(name)), { recursive: true });
    writeFileSync(folder.join(name), content);
  }
  symlinkSync('nginx.conf', folder.join('again.conf'));
  return loadConfiguration({ serverRoot: folder.path, log, hostname: 'machine.test' });
}

function addresses(configuration: Configuration) {
  return configuration.vhosts.map((vhost) => vhost.addresses.map((address) => `${address.key}${configuration.isSsl(vhost, address) ? ' ssl' : ''}${address.isDefault ? ' default' : ''}`));
}

describe('server blocks', () => {
  test('are found through includes on every level, each once', async () => {
    const { vhosts } = await load({
      'nginx.conf': 'include top/*; stream { server { listen 1; server_name stream.test; } } include again.conf;',
      'top/http.conf': 'http { include sites/*; include sites/a; server { server_name inline.test; } upstream u { server b.test; } }',
      'sites/a': 'server { server_name a.test; include names.inc; }',
      'sites/b': 'server { server_name b.test; }',
      'names.inc': 'server_name more.test; include names.inc;',
    });
    expect(vhosts.map(({ names }) => names)).toEqual([['a.test', 'more.test'], ['b.test'], ['inline.test']]);
  });

  test('have the names of all server_name lines, comments left out, $hostname resolved', async () => {
    const { vhosts } = await load({ 'nginx.conf': 'http { server { server_name a.test # b.test\n "c.test" $hostname; server_name \'d.test\' a.test; } }' });
    expect(vhosts[0]?.names).toEqual(['a.test', 'c.test', 'machine.test', 'd.test']);
  });

  test('have addresses as nginx understands them', async () => {
    const listens = ['80 default_server', '127.0.0.1', 'localhost:8080', '*:81', '0.0.0.0:82 default', '[::]:83 ipv6only=on', '[0:0::1]:84 ssl', '443 quic reuseport', 'unix:/run/x.sock ssl', '[::1]'];
    const configuration = await load({ 'nginx.conf': `http { server { ${listens.map((listen) => `listen ${listen};`).join(' ')} } }` });
    expect(addresses(configuration)[0]).toEqual(['*:80 default', '127.0.0.1:80', 'localhost:8080', '*:81', '*:82 default', '[::]:83', '[::1]:84 ssl', '*:443/udp ssl', '[::1]:80']);
  });

  test('listen on port 80 without a listen line, and on nothing with a Unix socket alone', async () => {
    expect(addresses(await load({ 'nginx.conf': 'http { server { } server { listen unix:/x; } }' }))).toEqual([['*:80'], []]);
  });

  test('are encrypted where any block encrypts the address, and wholly by the old "ssl on"', async () => {
    const configuration = await load({ 'nginx.conf': 'http { server { listen 443 ssl; } server { listen 0.0.0.0:443; listen 80; } server { listen 444; ssl on; } }' });
    expect(addresses(configuration)).toEqual([['*:443 ssl'], ['*:443 ssl', '*:80'], ['*:444 ssl']]);
  });
});

test('a file that cannot be parsed is skipped with a warning', async () => {
  const warnings: unknown[] = [];
  const log: Log = { ...silentLog, warn: (message, fields) => warnings.push([message, fields?.['reason']]) };
  const { vhosts } = await load({ 'nginx.conf': 'http { include a.conf; include b.conf; }', 'a.conf': 'server {', 'b.conf': 'server { server_name b.test; }' }, log);
  expect(vhosts).toHaveLength(1);
  expect(warnings).toEqual([['configuration file skipped', expect.stringMatching(/^unexpected end of file, expecting "\}" in .*a\.conf:1$/)]]);
});
