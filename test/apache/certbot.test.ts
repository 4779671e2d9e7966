// Certbot's own Apache plug-in and ours on one server root, in turns: each finds what the other made and takes it back.
import { execFile } from 'node:child_process';
import { appendFile, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tryFindBinary } from '@certward/testing';
import { describe, expect, test } from 'vitest';
import { type ApacheRoot, createApacheRoot } from './support/apache-root.ts';
import { challengeFor } from './support/challenges.ts';
import { writeLineage } from './support/certificates.ts';
import { installerFor } from './support/installer.ts';

const certbot = tryFindBinary('certbot');

/** Runs Certbot on the test's root; its Apache is never started, and `graceful` of the control script is not needed. */
async function runCertbot(root: ApacheRoot, args: readonly string[]): Promise<string> {
  await mkdir(root.folder.join('logs'), { recursive: true });
  const common = [
    '--config-dir', root.configDir, '--work-dir', root.workDir, '--logs-dir', root.folder.join('logs'), '-n',
    '--apache-server-root', root.serverRoot, '--apache-ctl', root.ctl, '--apache-enmod', root.enmod, '--apache-dismod', root.dismod,
    '--apache-challenge-location', root.serverRoot, '--apache-logs-root', root.folder.join('log'),
  ];
  return new Promise((resolve, reject) => {
    execFile(certbot ?? '', [...args, ...common], { env: { ...process.env, LC_ALL: 'C.UTF-8' } }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout + stderr);
      else reject(new Error(`certbot fails: ${stdout}${stderr}`, { cause: error }));
    });
  });
}

const ports = { httpPort: 80, httpsPort: 443 };

async function rootWithSite(): Promise<ApacheRoot> {
  // Certbot's plug-in knows no other ports. Apache only tests this configuration; it never listens.
  const root = await createApacheRoot({ ...ports, quiet: true });
  await root.addSite('one.conf', `<VirtualHost *:80>\n\tServerName one.test\n\tServerAlias www.one.test\n\tDocumentRoot ${root.folder.path}/www\n</VirtualHost>\n`);
  return root;
}

const installOf = (paths: { readonly fullchain: string; readonly privkey: string; readonly cert: string; readonly chain: string }) => [
  'install', '--apache', '-d', 'one.test', '-d', 'www.one.test', '--cert-path', paths.cert, '--key-path', paths.privkey, '--fullchain-path', paths.fullchain, '--chain-path', paths.chain,
];

if (certbot === undefined) console.log('not run: certbot is not installed');

// Needs Certbot or its libraries, which the test-bed installs on Debian.
describe.skipIf(certbot === undefined)("side by side with Certbot's Apache plug-in", () => {
  test('it rolls back what we deployed and enhanced, to the byte', async () => {
    await using root = await rootWithSite();
    const before = await root.snapshot();
    const { paths } = await writeLineage(join(root.configDir, 'live/one.test'), ['one.test', 'www.one.test']);
    const installer = installerFor(root);
    await installer.prepare();
    for (const name of ['one.test', 'www.one.test']) await installer.deploy(name, paths);
    await installer.save('Deployed ACME Certificate');
    await installer.enhance('one.test', 'redirect');
    await installer.enhance('one.test', 'hsts');
    await installer.save('Add enhancement');
    await runCertbot(root, ['rollback', '-i', 'apache', '--checkpoints', '2']);
    expect(await root.snapshot()).toEqual(before);
  });

  test('we roll back what it deployed and enhanced, to the byte', async () => {
    await using root = await rootWithSite();
    const before = await root.snapshot();
    const { paths } = await writeLineage(join(root.configDir, 'live/one.test'), ['one.test', 'www.one.test']);
    await runCertbot(root, [...installOf(paths), '--redirect', '--hsts']);
    const changed = await root.snapshot();
    expect(changed).not.toEqual(before);
    const installer = installerFor(root);
    await installer.prepare();
    await installer.rollback(100);
    expect(await root.snapshot()).toEqual(before);
  });

  test('either takes back a challenge that the other left open', async () => {
    await using root = await rootWithSite();
    const before = await root.snapshot();
    const challenge = challengeFor('one.test', 'token-1');
    const killed = installerFor(root);
    await killed.prepare();
    const [handle = null] = await killed.createAuthenticator().plan([challenge]);
    await killed.createAuthenticator().present(challenge, handle);
    expect(await root.snapshot()).not.toEqual(before);
    expect(await runCertbot(root, ['rollback', '-i', 'apache', '--checkpoints', '1'])).toContain("rollback isn't available");
    expect(await root.snapshot()).toEqual(before);
    // What Certbot leaves is the same layout, written by its own reverter before it asks the CA.
    const site = join(root.serverRoot, 'sites-available/one.conf');
    await mkdir(join(root.workDir, 'temp_checkpoint'), { recursive: true });
    await copyFile(site, join(root.workDir, 'temp_checkpoint/one.conf_0'));
    await writeFile(join(root.workDir, 'temp_checkpoint/FILEPATHS'), site);
    await writeFile(join(root.workDir, 'temp_checkpoint/NEW_FILES'), join(root.serverRoot, 'le_http_01_challenge_pre.conf'));
    await writeFile(join(root.workDir, 'temp_checkpoint/CHANGES_SINCE'), '');
    await writeFile(join(root.serverRoot, 'le_http_01_challenge_pre.conf'), '        RewriteEngine on\n');
    await appendFile(site, '# changed\n');
    await installerFor(root).prepare();
    expect(await root.snapshot()).toEqual(before);
  });

  test('each deploys into the host that the other made, and makes no second one', async () => {
    await using root = await rootWithSite();
    const first = await writeLineage(join(root.configDir, 'live/one.test'), ['one.test', 'www.one.test']);
    const second = await writeLineage(join(root.configDir, 'live/two.test'), ['one.test', 'www.one.test']);
    const twin = join(root.serverRoot, 'sites-available/one-le-ssl.conf');
    const installer = installerFor(root);
    await installer.prepare();
    await installer.deploy('one.test', first.paths);
    await installer.enhance('one.test', 'redirect');
    await installer.enhance('one.test', 'hsts');
    await installer.save('Deployed ACME Certificate');
    const ours = await readFile(twin, 'utf8');
    // Its redirect and header are the same as ours: it finds them and adds nothing.
    await runCertbot(root, [...installOf(second.paths), '--redirect', '--hsts']);
    const theirs = await readFile(twin, 'utf8');
    expect(theirs.match(/<VirtualHost/g)).toHaveLength(1);
    expect(theirs.match(/Strict-Transport-Security/g)).toHaveLength(1);
    expect(theirs).toContain(second.paths.fullchain);
    expect((await readFile(join(root.serverRoot, 'sites-available/one.conf'), 'utf8')).match(/RewriteRule/g)).toHaveLength(1);
    const after = installerFor(root);
    await after.prepare();
    for (const name of ['one.test', 'www.one.test']) await after.deploy(name, first.paths);
    for (const enhancement of ['redirect', 'hsts'] as const) expect((await after.enhance('one.test', enhancement)).files).toEqual([]);
    expect(after.pendingChanges().map(({ path }) => path)).toEqual([twin]);
    await after.save('Deployed ACME Certificate');
    const last = await readFile(twin, 'utf8');
    expect([last.match(/SSLCertificateFile/g)?.length, last.includes(first.paths.fullchain), ours.includes(first.paths.fullchain)]).toEqual([1, true, true]);
  });
});
