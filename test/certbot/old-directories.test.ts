// Directories as Certbot 0.27 and its elders left them: both programs go on from there, in turns, and agree on the way.
import { mkdirSync, readdirSync, readFileSync, realpathSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Lane } from './support/lane.ts';
import { expectSameInTurns, withoutSelection } from './support/turns.ts';
import { hasCertbot, issue, patienceMs, renew, standalone } from './support/words.ts';

const paths = ({ sandbox }: Lane) =>
  ['archive_dir = ARCHIVE', 'cert', 'privkey', 'chain', 'fullchain'].map((line) =>
    line.includes('=') ? line.replace('ARCHIVE', path.join(sandbox.config, 'archive', 'a.test')) : `${line} = ${path.join(sandbox.config, 'live', 'a.test', `${line}.pem`)}`,
  );

/** A certificate with an RSA key, which was the only kind, and an account; the rest is then made to look old. */
async function obtain(lane: Lane, ...proof: readonly string[]): Promise<string> {
  const { code, stderr } = await lane.run('certbot', issue(lane, ...proof, '-d', 'a.test', '--key-type', 'rsa'));
  if (code !== 0) throw new Error(stderr);
  return ageAccount(lane);
}

/** The account was made at ACME v1; its folder is linked from where version 2 looks, and the registration tells more. */
function ageAccount({ sandbox, pebble }: Lane): string {
  const place = path.join(sandbox.config, 'accounts', new URL(pebble.directoryUrl).host, 'dir');
  const old = path.join(sandbox.config, 'accounts', 'acme-v01.api.letsencrypt.org', 'directory');
  mkdirSync(path.dirname(old), { recursive: true, mode: 0o700 });
  renameSync(place, old);
  symlinkSync(old, place);
  const [id = ''] = readdirSync(old);
  const file = path.join(old, id, 'regr.json');
  const { uri } = JSON.parse(readFileSync(file, 'utf8')) as { uri: string };
  const { kty, e, n } = JSON.parse(readFileSync(path.join(old, id, 'private_key.json'), 'utf8')) as Readonly<Record<string, string>>;
  const body = { contact: ['mailto:admin@a.test'], agreement: 'https://a.test/terms', key: { kty, e, n } };
  writeFileSync(file, JSON.stringify({ body, uri, new_authzr_uri: 'https://a.test/acme/new-authz', terms_of_service: 'https://a.test/terms' }));
  return id;
}

function writeConf({ sandbox }: Lane, lines: readonly string[]): void {
  writeFileSync(path.join(sandbox.config, 'renewal', 'a.test.conf'), `${lines.join('\n')}\n`);
  mkdirSync(path.join(sandbox.config, 'csr'), { recursive: true });
  writeFileSync(path.join(sandbox.config, 'csr', '0000_csr-certbot.pem'), 'old');
}

/** As 0.27.1 wrote it: comments, no key type, no reuse_key, nothing that was left at its default. */
const of027 = (lane: Lane, account: string) => [
  '# renew_before_expiry = 30 days',
  'version = 0.27.1',
  ...paths(lane),
  '',
  '# Options used in the renewal process',
  '[renewalparams]',
  `account = ${account}`,
  'installer = None',
  'authenticator = webroot',
  '# kept by the administrator',
  `server = ${lane.pebble.directoryUrl}`,
  `webroot_path = ${lane.sandbox.join('one')},`,
  'pref_challs = http-01,',
  `renew_hook = touch ${lane.sandbox.join('hooked')}`,
  '[[webroot_map]]',
  `a.test = ${lane.sandbox.join('one')}`,
];

/** As the first versions wrote it: every option there was. Not `standalone_supported_challenges`: 2.1 stumbles over it. */
const ofTheBeginning = (lane: Lane, account: string) => [
  ...paths(lane).slice(1),
  '',
  '# Options and defaults used in the renewal process',
  '[renewalparams]',
  'no_self_upgrade = False',
  'apache_enmod = a2enmod',
  'no_verify_ssl = False',
  'ifaces = None',
  'apache_dismod = a2dismod',
  'register_unsafely_without_email = False',
  'apache_handle_modules = True',
  'uir = None',
  'installer = none',
  'nginx_ctl = nginx',
  'config_dir = /etc/letsencrypt',
  'text_mode = False',
  'func = <function obtain_cert at 0x7f093a163c08>',
  'staging = False',
  'prepare = False',
  'work_dir = /var/lib/letsencrypt',
  'tos = False',
  'init = False',
  `http01_port = ${lane.pebble.httpPort}`,
  'duplicate = False',
  'noninteractive_mode = True',
  'key_path = None',
  'nginx = False',
  'nginx_server_root = /etc/nginx',
  'fullchain_path = None',
  'email = None',
  'csr = None',
  'agree_dev_preview = None',
  'redirect = None',
  'verb = certonly',
  'verbose_count = -3',
  'config_file = None',
  'renew_by_default = True',
  'hsts = False',
  'apache_handle_sites = True',
  'authenticator = standalone',
  'domains = a.test,',
  'rsa_key_size = 2048',
  'apache_challenge_location = /etc/apache2',
  'checkpoints = 1',
  'manual_test_mode = False',
  'apache = False',
  'cert_path = /dev/null',
  'webroot_path = None',
  'reinstall = False',
  'expand = False',
  'strict_permissions = False',
  'apache_server_root = /etc/apache2',
  `account = ${account}`,
  'dry_run = False',
  'manual_public_ip_logging_ok = False',
  'chain_path = None',
  'break_my_certs = False',
  'standalone = True',
  'manual = False',
  `server = ${lane.pebble.directoryUrl}`,
  'webroot = False',
  'os_packages_only = False',
  'apache_init_script = None',
  'user_agent = None',
  'apache_le_vhost_ext = -le-ssl.conf',
  'debug = False',
  'tls_sni_01_port = 443',
  'logs_dir = /var/log/letsencrypt',
  'apache_vhost_root = /etc/apache2/sites-available',
  'configurator = None',
  '[[webroot_map]]',
];

// Needs Certbot or its libraries, which the test-bed installs on Debian.
describe.runIf(hasCertbot).concurrent('a directory of old', { timeout: patienceMs }, () => {
  test('of 0.27: webroot, an account linked from ACME v1, comments', async () => {
    await expectSameInTurns({
      async prepare(lane) {
        await lane.serveSites({ 'a.test': 'one' });
        writeConf(lane, of027(lane, await obtain(lane, '--webroot', '-w', lane.sandbox.join('one'))));
      },
      steps: [
        { args: () => ['certificates'] },
        { args: () => renew() },
        { args: () => renew('--force-renewal') },
        { args: () => renew('--force-renewal'), after: (lane) => expect(readdirSync(lane.sandbox.folder)).toContain('hooked') },
        { args: (lane) => ['show_account', '-n', '--server', lane.pebble.directoryUrl], text: false },
        { args: () => ['revoke', '-n', '--cert-name', 'a.test', '--no-delete-after-revoke'] },
        { args: (lane) => ['unregister', '-n', '--server', lane.pebble.directoryUrl] },
        { args: () => ['delete', '-n', '--cert-name', 'a.test'], text: withoutSelection },
      ],
    });
  });

  test('of the first versions: every option with its default, and a scalar webroot', async () => {
    await expectSameInTurns({
      async prepare(lane) {
        writeConf(lane, ofTheBeginning(lane, await obtain(lane, ...standalone(lane))));
      },
      steps: [
        { args: () => ['certificates'] },
        { args: () => renew('--force-renewal') },
        { args: () => renew('--force-renewal') },
        { args: (lane) => issue(lane, ...standalone(lane), '-d', 'a.test,b.test', '--expand') },
      ],
    });
  });

  test('with links that lead there another way, put right by update_symlinks', async () => {
    const linkAbsolutely = (lane: Lane) => {
      const cert = path.join(lane.sandbox.config, 'live', 'a.test', 'cert.pem');
      const target = realpathSync(cert);
      unlinkSync(cert);
      symlinkSync(target, cert);
    };
    await expectSameInTurns({
      steps: [
        { args: (lane) => issue(lane, ...standalone(lane), '-d', 'a.test'), after: linkAbsolutely },
        { args: () => ['update_symlinks'], text: false, after: linkAbsolutely },
        { args: () => ['update_symlinks'], text: false },
      ],
    });
  });

  test('whose webroot is no list, and whose links are absolute', async () => {
    await expectSameInTurns({
      async prepare(lane) {
        await lane.serveSites({ 'a.test': 'one' });
        const account = await obtain(lane, '--webroot', '-w', lane.sandbox.join('one'));
        const lines = of027(lane, account).map((line) => (line.startsWith('webroot_path') ? line.replace(/,$/, '') : line));
        writeConf(lane, lines);
        const folder = path.join(lane.sandbox.config, 'live', 'a.test');
        for (const kind of ['cert', 'privkey', 'chain', 'fullchain']) {
          const link = path.join(folder, `${kind}.pem`);
          const target = realpathSync(link);
          renameSync(link, lane.sandbox.join(`old-${kind}`));
          symlinkSync(target, link);
        }
      },
      steps: [
        { args: () => ['certificates'] },
        { args: () => renew('--force-renewal') },
        { args: () => renew('--force-renewal') },
        { args: (lane) => renew('--dry-run', '--server', lane.pebble.directoryUrl) },
      ],
    });
  });
});
