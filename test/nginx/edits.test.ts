// What edits make of configurations of many styles. Every result passed nginx's own test when it was saved.
import { lstatSync } from 'node:fs';
import { readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Installer } from '@certward/engine';
import type { KeySpec } from '@certward/pki';
import { openCheckpoints } from '@certward/installers';
import { describe, expect, test } from 'vitest';
import { createNginxWorld, mainConfig, type NginxWorld } from './support/nginx.ts';

async function withSite(site: string, work: (world: NginxWorld, installer: Installer) => Promise<void>, more: Record<string, string> = {}): Promise<string> {
  await using world = await createNginxWorld({ 'nginx.conf': mainConfig('    include site.conf;'), 'site.conf': site, ...more });
  const before = await world.snapshot();
  const installer = world.installer();
  await installer.prepare();
  await work(world, installer);
  await installer.save('Deployed ACME Certificate');
  const text = await world.read('site.conf');
  // Nothing more to do on a second run, and everything back after it.
  const again = world.installer();
  await again.prepare();
  await work(world, again);
  expect(again.pendingChanges(), 'a second run').toEqual([]);
  await openCheckpoints({ workDir: world.workDir }).rollback(1);
  expect(await world.snapshot()).toEqual(before);
  return text
    .replaceAll(world.configDir, 'CONFIG')
    .replaceAll(world.root, 'NGINX')
    .replaceAll(/\S+\/live\//g, 'LIVE/')
    .replaceAll(String(world.httpsPort), '443')
    .replaceAll(String(world.httpPort), '80');
}

const deploy = (...names: string[]) => async (world: NginxWorld, installer: Installer) => {
  const paths = await world.certificate(names.map((name) => name.replace('*', 'x')));
  for (const name of names) await installer.deploy(name, paths);
};

describe('deploying', () => {
  test('keeps a one-line style readable', async () => {
    expect(await withSite('server { listen @HTTP@; server_name a.test; }', deploy('a.test'))).toBe(`server { listen 80; server_name a.test;

    listen 443 ssl; # managed by Certbot
    ssl_certificate LIVE/one/fullchain.pem; # managed by Certbot
    ssl_certificate_key LIVE/one/privkey.pem; # managed by Certbot
    include CONFIG/options-ssl-nginx.conf; # managed by Certbot
    ssl_dhparam CONFIG/ssl-dhparams.pem; # managed by Certbot
}`);
  });

  test('keeps Windows line ends', async () => {
    const text = await withSite('server {\r\n  listen @HTTP@;\r\n  server_name a.test;\r\n}\r\n', deploy('a.test'));
    expect(text.replaceAll('\r\n', '')).not.toContain('\n');
    expect(text).toContain('\r\n  ssl_certificate LIVE/one/fullchain.pem; # managed by Certbot\r\n');
  });

  test('adds both address families, each on its own host', async () => {
    const text = await withSite('server {\n    listen 127.0.0.2:@HTTP@;\n    listen [::1]:@HTTP@;\n    server_name a.test;\n}\n', deploy('a.test'));
    expect(text).toContain('    listen [::1]:443 ssl ipv6only=on; # managed by Certbot\n    listen 127.0.0.2:443 ssl; # managed by Certbot\n');
  });

  test('gives the socket option of an IPv6 address once', async () => {
    const block = (name: string) => `server {\n    listen @HTTP@;\n    listen [::]:@HTTP@;\n    server_name ${name};\n}\n`;
    const text = await withSite(block('a.test') + block('b.test'), deploy('a.test', 'b.test'));
    expect(text.match(/\[::\]:443 ssl ipv6only=on;/g)).toHaveLength(1);
    expect(text.match(/\[::\]:443 ssl;/g)).toHaveLength(1);
  });

  test('replaces the certificate of a block that has one, and nothing else', async () => {
    const site = `server {
    listen @HTTPS@ ssl;
    server_name a.test;
    ssl_certificate     @ROOT@/old.crt;   # the old one
    ssl_certificate_key @ROOT@/old.key;
    ssl_protocols TLSv1.3;
}
`;
    const snakeoil = await oldPair();
    const text = await withSite(site, deploy('a.test'), snakeoil);
    expect(text).toBe(`server {
    listen 443 ssl;
    server_name a.test;
    ssl_certificate     LIVE/one/fullchain.pem; # managed by Certbot
    # the old one
    ssl_certificate_key LIVE/one/privkey.pem; # managed by Certbot
    ssl_protocols TLSv1.3;
}
`);
  });

  test('changes the snippet that only this block includes, and leaves one that others share', async () => {
    const snakeoil = await oldPair();
    const pair = 'ssl_certificate @ROOT@/old.crt;\nssl_certificate_key @ROOT@/old.key;\n';
    const own = await withSite('server { listen @HTTPS@ ssl; server_name a.test; include own.conf; }\n', deploy('a.test'), { ...snakeoil, 'own.conf': pair });
    expect(own).toBe('server { listen 443 ssl; server_name a.test; include own.conf; }\n');
    const blocks = 'server { listen @HTTPS@ ssl; server_name a.test; include own.conf; }\nserver { listen @HTTPS@ ssl; server_name b.test; include own.conf; }\n';
    const shared = await withSite(blocks, deploy('a.test'), { ...snakeoil, 'own.conf': pair });
    expect(shared).toContain('ssl_certificate LIVE/one/fullchain.pem; # managed by Certbot');
    expect(shared.match(/managed by Certbot/g)).toHaveLength(2);
  });

  test('replaces the pair of the same key type where a block has two', async () => {
    const { 'old.crt': ec = '', 'old.key': ecKey = '' } = await oldPair();
    const { 'old.crt': rsa = '', 'old.key': rsaKey = '' } = await oldPair({ type: 'rsa', bits: 2048 });
    const site = `server {
    listen @HTTPS@ ssl;
    server_name a.test;
    ssl_certificate @ROOT@/rsa.crt;
    ssl_certificate_key @ROOT@/rsa.key;
    ssl_certificate @ROOT@/ec.crt;
    ssl_certificate_key @ROOT@/ec.key;
}
`;
    const text = await withSite(site, deploy('a.test'), { 'rsa.crt': rsa, 'rsa.key': rsaKey, 'ec.crt': ec, 'ec.key': ecKey });
    expect(text).toContain('    ssl_certificate NGINX/rsa.crt;\n    ssl_certificate_key NGINX/rsa.key;\n    ssl_certificate LIVE/one/fullchain.pem; # managed by Certbot\n');
  });

  test('works beside Lua, which stays as it is', async () => {
    const lua = `    location /lua {
        content_by_lua_block {
            -- a brace } in a comment, and a string
            ngx.say("} { " .. [[ }} ]])
        }
    }
`;
    await using world = await createNginxWorld({
      'nginx.conf': `load_module /usr/lib/nginx/modules/ndk_http_module.so;\nload_module /usr/lib/nginx/modules/ngx_http_lua_module.so;\n${mainConfig(`    server {\n    listen @HTTP@;\n    server_name a.test;\n${lua}}`)}`,
    });
    await world.start();
    const installer = world.installer();
    await installer.prepare();
    await installer.deploy('a.test', await world.certificate(['a.test']));
    await installer.save('Deployed ACME Certificate');
    await installer.restart();
    expect(await world.read('nginx.conf')).toContain(lua);
    expect((await world.http('a.test', '/lua')).body).toBe('} {  }} \n');
    expect((await world.https('a.test')).subject.CN).toBe('one');
  });

  test('prefers an encrypted block with a worse name, and takes every address of an exact name', async () => {
    const snakeoil = await oldPair();
    const pair = 'ssl_certificate @ROOT@/old.crt; ssl_certificate_key @ROOT@/old.key;';
    const site = `server { listen @HTTP@; server_name a.example.test; }
server { listen @HTTPS@ ssl; server_name *.example.test; ${pair} }
`;
    expect(await withSite(site, deploy('a.example.test'), snakeoil)).toMatch(/^server \{ listen 80; server_name a\.example\.test; \}\n/);
    const twice = `server { listen 127.0.0.2:@HTTPS@ ssl; server_name a.test; ${pair} }\nserver { listen 127.0.0.3:@HTTPS@ ssl; server_name a.test; ${pair} }\n`;
    expect((await withSite(twice, deploy('a.test'), snakeoil)).match(/fullchain\.pem/g)).toHaveLength(2);
  });

  test('puts a wildcard certificate into every block that it covers', async () => {
    const site = 'server { listen @HTTP@; server_name a.wild.test; }\nserver { listen @HTTP@; server_name .wild.test; }\nserver { listen @HTTP@; server_name deep.a.wild.test; }\n';
    const text = await withSite(site, deploy('*.wild.test'));
    expect(text.match(/fullchain\.pem/g)).toHaveLength(2);
    expect(text).toContain('server { listen 80; server_name deep.a.wild.test; }\n');
  });

  test('copies the default server for names without a block, without what may stand once only', async () => {
    const site = '# default\nserver {\n    listen @HTTP@ default_server reuseport backlog=64;\n    server_name _;\n    return 200 default;\n}\n';
    const text = await withSite(site, deploy('new.test', 'other.test'));
    expect(text).toContain(`
server {
    listen 80;
    server_name new.test other.test; # managed by Certbot
    return 200 default;
`);
    expect(text.match(/default_server/g)).toHaveLength(1);
  });

  test('comments out settings that the shipped file repeats', async () => {
    const text = await withSite('server {\n    listen @HTTP@;\n    server_name a.test;\n    ssl_prefer_server_ciphers off;\n    ssl_session_timeout\n        1440m;\n    root /srv;\n}\n', deploy('a.test'));
    expect(text).toContain('    # ssl_prefer_server_ciphers off; # duplicated in CONFIG/options-ssl-nginx.conf\n    # ssl_session_timeout 1440m; # duplicated in CONFIG/options-ssl-nginx.conf\n    root /srv;\n');
  });

  test('refuses to overrule settings, and to guess a block', async () => {
    await using world = await createNginxWorld({ 'nginx.conf': mainConfig('    server {\n        listen @HTTP@;\n        server_name a.test;\n        ssl_protocols TLSv1.3;\n    }') });
    const before = await world.snapshot();
    const installer = world.installer();
    await installer.prepare();
    const paths = await world.certificate(['a.test']);
    await expect(installer.deploy('a.test', paths)).rejects.toMatchObject({ code: 'directiveConflict', message: expect.stringContaining(`"${world.root}/nginx.conf": it has "ssl_protocols TLSv1.3"`) });
    await expect(installer.deploy('b.test', paths)).rejects.toMatchObject({
      code: 'noServerBlock',
      message: 'Could not automatically find a matching server block for b.test. Set the `server_name` directive to use the Nginx installer.',
    });
    expect(await world.snapshot()).toEqual(before);
  });

  test('writes through a link, which stays one', async () => {
    await using world = await createNginxWorld({ 'nginx.conf': mainConfig('    include sites-enabled/*;'), 'sites-available/a': 'server {\n    listen @HTTP@;\n    server_name a.test;\n}\n', 'sites-enabled/.hidden': 'broken {' });
    await symlink('../sites-available/a', join(world.root, 'sites-enabled/a'));
    const installer = world.installer();
    await installer.prepare();
    const edit = await installer.deploy('a.test', await world.certificate(['a.test']));
    expect(edit.files).toEqual([join(world.root, 'sites-enabled/a')]);
    await installer.save('Deployed ACME Certificate');
    expect(lstatSync(join(world.root, 'sites-enabled/a')).isSymbolicLink()).toBe(true);
    expect(await world.read('sites-available/a')).toContain('ssl_certificate ');
  });
});

describe('enhancing', () => {
  const both = 'server {\n    listen @HTTP@;\n    server_name a.test b.test;\n    root /srv;\n}\n';

  test('splits a mixed block for a redirect, right behind the original', async () => {
    const text = await withSite(`${both}server { listen @HTTP@; server_name last.test; }\n`, async (world, installer) => {
      await deploy('a.test')(world, installer);
      await installer.enhance('a.test', 'redirect');
    });
    expect(text).toContain(`}

server {
    if ($host = a.test) {
        return 301 https://$host$request_uri;
    } # managed by Certbot

    listen 80;
    server_name a.test b.test;

    return 404; # managed by Certbot
}
server { listen 80; server_name last.test; }
`);
    expect(text.indexOf('listen 80')).toBeGreaterThan(text.indexOf('ssl_certificate_key'));
  });

  test('keeps the plain half whole for HSTS alone', async () => {
    const text = await withSite(both, async (world, installer) => {
      await deploy('a.test')(world, installer);
      await installer.enhance('a.test', 'hsts');
    });
    expect(text).toContain('    add_header Strict-Transport-Security "max-age=31536000" always; # managed by Certbot\n}');
    expect(text).toMatch(/\n\nserver \{\n {4}listen 80;\n {4}server_name a\.test b\.test;\n {4}root \/srv;\n\}\n$/);
  });

  test('says so when headers of the http block stop to reach the server block', async () => {
    await using world = await createNginxWorld({ 'nginx.conf': mainConfig('    add_header X-Frame-Options DENY;\n    server { listen @HTTP@; server_name a.test; }') });
    const installer = world.installer();
    await installer.prepare();
    await deploy('a.test')(world, installer);
    expect((await installer.enhance('a.test', 'hsts')).messages).toEqual([
      `Strict-Transport-Security header added for a.test in ${world.root}/nginx.conf`,
      expect.stringContaining('add_header lines of the http block no longer reach the server block'),
    ]);
  });

  test('redirects a wildcard by expression', async () => {
    const text = await withSite('server {\n    listen @HTTP@;\n    server_name *.a.test;\n}\n', async (world, installer) => {
      await deploy('*.a.test')(world, installer);
      await installer.enhance('*.a.test', 'redirect');
    });
    expect(text).toContain(String.raw`    if ($host ~ ^[^.]+\.a\.test$) {`);
  });

  test('leaves a redirect, a header and a stapling of the owner as they are', async () => {
    await using world = await createNginxWorld({
      'nginx.conf': mainConfig(`    server { listen @HTTP@; server_name a.test; return 301 https://a.test$request_uri; }
    server { listen @HTTPS@ ssl; server_name a.test; ssl_certificate @ROOT@/old.crt; ssl_certificate_key @ROOT@/old.key; add_header strict-transport-security "max-age=1"; }`),
      ...(await oldPair()),
    });
    const installer = world.installer();
    await installer.prepare();
    const paths = await world.certificate(['a.test']);
    expect(await installer.enhance('a.test', 'redirect')).toEqual({ files: [], messages: [`Traffic on port ${world.httpPort} already redirecting to ssl in ${world.root}/nginx.conf`] });
    expect(await installer.enhance('a.test', 'hsts')).toEqual({ files: [], messages: ['Existing Strict-Transport-Security header for a.test'] });
    const stapled = await installer.enhance('a.test', 'staple', { paths });
    expect(stapled.messages[0]).toContain('names no OCSP responder: its CA no longer offers OCSP');
    expect(installer.pendingChanges().filter(({ path }) => path.startsWith(world.root))).toEqual([]);
    await expect(installer.enhance('a.test', 'uir')).rejects.toMatchObject({ code: 'enhancementUnsupported' });
    await expect(installer.enhance('b.test', 'hsts')).rejects.toMatchObject({ code: 'noSecureServer' });
  });

  test('staples where the certificate names a responder', async () => {
    const text = await withSite(both, async (world, installer) => {
      const paths = await world.certificate(['a.test'], 'ocsp');
      await installer.deploy('a.test', paths);
      await installer.enhance('a.test', 'staple', { paths });
    });
    expect(text).toContain('    ssl_trusted_certificate LIVE/ocsp/chain.pem; # managed by Certbot\n    ssl_stapling on; # managed by Certbot\n    ssl_stapling_verify on; # managed by Certbot\n');
  });
});

/** A certificate that a site has from elsewhere. */
async function oldPair(key?: KeySpec): Promise<Record<string, string>> {
  await using world = await createNginxWorld({});
  const paths = await world.certificate(['old.test'], 'old', key);
  return { 'old.crt': await readFile(paths.fullchain, 'utf8'), 'old.key': await readFile(paths.privkey, 'utf8') };
}
