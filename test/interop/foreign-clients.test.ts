// Clients that others wrote obtain, renew and revoke certificates at our embedded authority, over HTTPS and with real validation.
import { createServer } from 'node:http';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { Secret } from '@certward/base';
import { findBinary, freePort, startBind, startProcess, waitUntil } from '@certward/testing';
import { describe, expect, test } from 'vitest';
import { checkChain, countRevoked, type Run, runToEnd, type Scene, startScene, writeScript } from './support/foreign-client.ts';

const eabKid = 'kid-1';
const eabHmacKey = 'zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W';

/** Serves a folder under the well-known path, for clients that only put files there. */
async function serveWebroot(scene: Scene): Promise<string> {
  const webroot = scene.folder.join('webroot');
  await mkdir(webroot);
  const server = createServer((request, response) => {
    const token = /^\/\.well-known\/acme-challenge\/([\w-]+)$/.exec(request.url ?? '')?.[1];
    readFile(join(webroot, token ?? '-')).then(
      (body) => response.end(body),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(scene.httpPort, '127.0.0.1', resolve));
  scene.resources.use({ [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())) });
  return webroot;
}

const tsigKey = { name: 'acme', algorithm: 'hmac-sha256', secretBase64: Buffer.from('a key for tests only, 32 octets.').toString('base64') };

/** A real name server for `a.test`, which the authority asks and the client updates. */
async function startDnsScene() {
  const port = await freePort();
  const scene = await startScene({ validation: { hosts: undefined, dnsServers: [`127.0.0.1:${port}`] } });
  const zone = { name: 'a.test', records: ['@ NS ns', 'ns A 127.0.0.1', '@ A 127.0.0.1', '* A 127.0.0.1'], updateKeys: [tsigKey.name] };
  scene.resources.use(await startBind({ port, keys: [tsigKey], zones: [zone] }));
  return { scene, port };
}

function certbotFolders({ folder }: Scene): readonly string[] {
  return ['--config-dir', folder.join('config'), '--work-dir', folder.join('work'), '--logs-dir', folder.join('logs')];
}

describe('Certbot', () => {
  const certbot = (scene: Scene, args: readonly string[]) =>
    runToEnd('certbot', {
      args: [...args, '--server', scene.ca.directoryUrl, '--non-interactive', ...certbotFolders(scene)],
      env: { REQUESTS_CA_BUNDLE: scene.rootFile },
    });
  const standalone = (scene: Scene) => ['--standalone', '--http-01-address', '127.0.0.1', '--http-01-port', String(scene.httpPort)];
  const register = ['--agree-tos', '--email', 'admin@a.test', '--no-eff-email'];

  test('obtains, renews, revokes and unregisters', async () => {
    await using scene = await startScene({ termsOfServiceUrl: 'https://a.test/terms' });
    const { ca, folder } = scene;
    await certbot(scene, ['certonly', ...standalone(scene), ...register, '-d', 'a.test', '-d', 'www.a.test']);
    const live = folder.join('config', 'live', 'a.test');
    const first = await readFile(join(live, 'fullchain.pem'), 'utf8');
    expect(checkChain(first, ca)).toEqual(['a.test', 'www.a.test']);

    await certbot(scene, ['renew', '--force-renewal', '--no-random-sleep-on-renew']);
    const second = await readFile(join(live, 'fullchain.pem'), 'utf8');
    expect(second).not.toBe(first);
    expect(checkChain(second, ca)).toEqual(['a.test', 'www.a.test']);

    await certbot(scene, ['certonly', ...standalone(scene), '-d', 'rsa.test', '--key-type', 'rsa', '--preferred-chain', 'Certward CA Root 2']);
    expect(await readFile(folder.join('config', 'live', 'rsa.test', 'chain.pem'), 'utf8')).not.toBe(await readFile(join(live, 'chain.pem'), 'utf8'));

    await certbot(scene, ['update_account', '--email', 'other@a.test']);
    await certbot(scene, ['revoke', '--cert-path', join(live, 'cert.pem'), '--reason', 'superseded', '--no-delete-after-revoke']);
    expect(await countRevoked(scene)).toBe(1);
    const rsa = folder.join('config', 'live', 'rsa.test');
    await certbot(scene, ['revoke', '--cert-path', join(rsa, 'cert.pem'), '--key-path', join(rsa, 'privkey.pem'), '--reason', 'keycompromise', '--no-delete-after-revoke']);
    expect(await countRevoked(scene)).toBe(2);
    await certbot(scene, ['unregister']);
  });

  test('binds an external account, and fails without one', async () => {
    await using scene = await startScene({ eabKeys: { [eabKid]: new Secret(eabHmacKey) } });
    const args = ['certonly', ...standalone(scene), ...register, '-d', 'a.test'];
    await expect(certbot(scene, args)).rejects.toThrow(/external account/i);
    await certbot(scene, [...args, '--eab-kid', eabKid, '--eab-hmac-key', eabHmacKey]);
    expect(checkChain(await readFile(scene.folder.join('config', 'live', 'a.test', 'fullchain.pem'), 'utf8'), scene.ca)).toEqual(['a.test']);
  });

  test('obtains a wildcard through a real name server', async () => {
    const { port, scene: dnsScene } = await startDnsScene();
    await using scene = dnsScene;
    const credentials = scene.folder.join('rfc2136.ini');
    const lines = { server: '127.0.0.1', port, name: `${tsigKey.name}.`, secret: tsigKey.secretBase64, algorithm: 'HMAC-SHA256' };
    await writeFile(credentials, Object.entries(lines).map(([key, value]) => `dns_rfc2136_${key} = ${value}\n`).join(''), { mode: 0o600 });
    const plugin = ['--authenticator', 'dns-rfc2136', '--dns-rfc2136-credentials', credentials, '--dns-rfc2136-propagation-seconds', '0'];
    await certbot(scene, ['certonly', ...plugin, ...register, '-d', 'a.test', '-d', '*.a.test']);
    expect(checkChain(await readFile(scene.folder.join('config', 'live', 'a.test', 'fullchain.pem'), 'utf8'), scene.ca)).toEqual(['*.a.test', 'a.test']);
  });
});

/** Runs one release of lego. */
function lego(program: string, scene: Scene, { args, env = {} }: Run): Promise<string> {
  return runToEnd(program, {
    args: ['--server', scene.ca.directoryUrl, '--path', scene.folder.join('lego'), '--email', 'admin@a.test', '--accept-tos', ...args],
    env: { LEGO_CA_CERTIFICATES: scene.rootFile, ...env },
  });
}

const legoChain = (scene: Scene, name: string) => readFile(scene.folder.join('lego', 'certificates', `${name}.crt`), 'utf8');

// Debian's release, and the one of this year.
describe.each(['lego', 'lego-4.35'])('lego as %s', (program) => {
  test('obtains by http-01 and tls-alpn-01, renews and revokes', async () => {
    await using scene = await startScene();
    const http = ['--http', '--http.port', `127.0.0.1:${scene.httpPort}`];
    await lego(program, scene, { args: ['--domains', 'a.test', '--domains', 'www.a.test', ...http, 'run'] });
    expect(checkChain(await legoChain(scene, 'a.test'), scene.ca)).toEqual(['a.test', 'www.a.test']);
    await lego(program, scene, { args: ['--domains', 'b.test', '--key-type', 'rsa2048', '--tls', '--tls.port', `127.0.0.1:${scene.tlsPort}`, 'run'] });
    expect(checkChain(await legoChain(scene, 'b.test'), scene.ca)).toEqual(['b.test']);
    const before = await legoChain(scene, 'a.test');
    await lego(program, scene, { args: ['--domains', 'a.test', '--domains', 'www.a.test', ...http, 'renew', '--days', '365', '--no-random-sleep'] });
    expect(await legoChain(scene, 'a.test')).not.toBe(before);
    await lego(program, scene, { args: ['--domains', 'a.test', 'revoke', '--keep'] });
    expect(await countRevoked(scene)).toBe(1);
  });

  test('obtains a wildcard through a real name server', async () => {
    const { port, scene: dnsScene } = await startDnsScene();
    await using scene = dnsScene;
    const env = {
      RFC2136_NAMESERVER: `127.0.0.1:${port}`,
      RFC2136_TSIG_KEY: `${tsigKey.name}.`,
      RFC2136_TSIG_SECRET: tsigKey.secretBase64,
      RFC2136_TSIG_ALGORITHM: 'hmac-sha256.',
      // It pauses a minute between two names of one zone otherwise.
      RFC2136_SEQUENCE_INTERVAL: '1',
    };
    await lego(program, scene, { args: ['--domains', '*.a.test', '--domains', 'a.test', '--dns', 'rfc2136', '--dns.resolvers', `127.0.0.1:${port}`, '--dns.disable-cp', 'run'], env });
    expect(checkChain(await legoChain(scene, '_.a.test'), scene.ca)).toEqual(['*.a.test', 'a.test']);
  });
});

test('lego of this year obtains for an address', async () => {
  await using scene = await startScene();
  await lego('lego-4.35', scene, { args: ['--domains', '127.0.0.1', '--disable-cn', '--http', '--http.port', `127.0.0.1:${scene.httpPort}`, 'run'] });
  expect(checkChain(await legoChain(scene, '127.0.0.1'), scene.ca)).toEqual(['127.0.0.1']);
});

test('dehydrated registers, obtains and revokes', async () => {
  await using scene = await startScene();
  const webroot = await serveWebroot(scene);
  const config = scene.folder.join('dehydrated.conf');
  const settings = { BASEDIR: scene.folder.path, CA: scene.ca.directoryUrl, WELLKNOWN: webroot, CURL_OPTS: `--cacert ${scene.rootFile} --noproxy '*'`, KEY_ALGO: 'secp384r1' };
  await writeFile(config, Object.entries(settings).map(([name, value]) => `${name}="${value}"\n`).join(''));
  const dehydrated = (...args: string[]) => runToEnd('dehydrated', { args: ['--config', config, ...args] });
  await dehydrated('--register', '--accept-terms');
  await dehydrated('--cron', '--domain', 'a.test www.a.test');
  expect(checkChain(await readFile(scene.folder.join('certs', 'a.test', 'fullchain.pem'), 'utf8'), scene.ca)).toEqual(['a.test', 'www.a.test']);
  await dehydrated('--revoke', scene.folder.join('certs', 'a.test', 'cert.pem'));
  expect(await countRevoked(scene)).toBe(1);
});

test('uacme registers, obtains, rolls its key over, revokes and deactivates', async () => {
  await using scene = await startScene({ eabKeys: { [eabKid]: new Secret(eabHmacKey) } });
  const webroot = await serveWebroot(scene);
  const hook = await writeScript(scene.folder.join('hook.sh'), [
    'case "$1:$2" in',
    `  begin:http-01) printf %s "$5" > "${webroot}/$4" ;;`,
    `  done:http-01|failed:http-01) rm -f "${webroot}/$4" ;;`,
    '  *) exit 1 ;;',
    'esac',
  ]);
  // uacme trusts the system's bundle and nothing else: give it a mount namespace in which the bundle is our root.
  const bundle = '/etc/ssl/certs/ca-certificates.crt';
  const wrapper = await writeScript(scene.folder.join('uacme.sh'), [`mount --bind "${scene.rootFile}" ${bundle}`, 'exec uacme "$@"']);
  const namespace = process.getuid?.() === 0 ? '-m' : '-rm';
  const uacme = (...args: string[]) =>
    runToEnd('unshare', { args: [namespace, wrapper, '-v', '-y', '-c', scene.folder.join('uacme'), '-a', scene.ca.directoryUrl, '-h', hook, ...args] });
  await uacme('-e', `${eabKid}:${eabHmacKey}`, 'new', 'admin@a.test');
  await uacme('-t', 'EC', 'issue', 'a.test', 'www.a.test');
  const certificate = scene.folder.join('uacme', 'a.test', 'cert.pem');
  expect(checkChain(await readFile(certificate, 'utf8'), scene.ca)).toEqual(['a.test', 'www.a.test']);
  await uacme('issue', '127.0.0.1');
  expect(checkChain(await readFile(scene.folder.join('uacme', '127.0.0.1', 'cert.pem'), 'utf8'), scene.ca)).toEqual(['127.0.0.1']);
  await uacme('-t', 'EC', 'newkey');
  await uacme('update', 'other@a.test');
  await uacme('-r', '4', 'revoke', certificate);
  await uacme('revoke', scene.folder.join('uacme', '127.0.0.1', 'cert.pem'), scene.folder.join('uacme', 'private', '127.0.0.1', 'key.pem'));
  expect(await countRevoked(scene)).toBe(2);
  await uacme('deactivate');
});

test('Caddy obtains for its sites and serves them', async () => {
  await using scene = await startScene();
  const { ca, folder, httpPort, rootFile, tlsPort } = scene;
  const issuer = { module: 'acme', ca: ca.directoryUrl, email: 'admin@a.test', trusted_roots_pem_files: [rootFile] };
  const config = {
    admin: { disabled: true },
    storage: { module: 'file_system', root: folder.join('caddy') },
    apps: {
      http: {
        http_port: httpPort,
        https_port: tlsPort,
        servers: {
          site: { listen: [`127.0.0.1:${tlsPort}`], routes: [{ match: [{ host: ['a.test', 'b.test'] }], handle: [{ handler: 'static_response', body: 'hello' }] }] },
        },
      },
      tls: { automation: { policies: [{ issuers: [issuer] }] } },
    },
  };
  await writeFile(folder.join('caddy.json'), JSON.stringify(config));
  const env = { HOME: folder.path, XDG_DATA_HOME: folder.path, XDG_CONFIG_HOME: folder.path };
  scene.resources.use(await startProcess({ command: findBinary('caddy'), args: ['run', '--config', folder.join('caddy.json')], name: 'caddy', env }));
  for (const name of ['a.test', 'b.test']) {
    const served = () =>
      new Promise<boolean>((resolve, reject) => {
        const socket = connect({ host: '127.0.0.1', port: tlsPort, servername: name, ca: ca.rootsPem }, () => {
          resolve(socket.authorized);
          socket.destroy();
        });
        socket.on('error', reject);
      });
    await waitUntil(served, { what: `Caddy serving ${name}`, timeoutMs: 60_000 });
    expect(await served()).toBe(true);
  }
});
