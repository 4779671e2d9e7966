// Targets of real mail servers: the new certificate is served after the reload, on every kind of port.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';

import { installFileTarget, parseFileTarget } from '@certward/installers';
import { parseCertificateChain } from '@certward/pki';
import { describe, expect, test } from 'vitest';

import { servedFingerprint, startDovecot, startHitch, startPostfix, writeLineage } from './support.ts';

const fingerprintOf = (path: string) => parseCertificateChain(readFileSync(path, 'latin1'))[0]?.fingerprintSha256;
const isRoot = process.geteuid?.() === 0;
if (!isRoot) console.log('not run: the tests with mail servers, which only root can start');
const silent = { command: 'none', check: 'none' };

// Needs root: other owners, mounts or another user. The test-bed runs as root.
describe.runIf(isRoot)('Postfix', () => {
  const targetOf = (site: Awaited<ReturnType<typeof startPostfix>>, more: object = {}) =>
    parseFileTarget({
      preset: 'postfix',
      outputs: [{ format: 'combined', order: ['privkey', 'fullchain'], path: site.folder.join('tls/certificate.pem') }],
      command: site.reload,
      check: { port: site.port, startTls: 'smtp', timeoutSeconds: 10 },
      ...more,
    });

  test('serves a renewed certificate after STARTTLS and on its TLS port', async () => {
    await using site = await startPostfix();
    await installFileTarget(targetOf(site, silent), await writeLineage(site.folder.join('live')));
    await using server = await site.start();
    const paths = await writeLineage(site.folder.join('live'));
    const result = await installFileTarget(targetOf(site), paths);
    expect(result).toEqual({ changed: [site.folder.join('tls/certificate.pem')], commandRan: true, checked: true });
    expect(await servedFingerprint(site.port, 'smtp')).toBe(fingerprintOf(paths.fullchain));
    expect(await servedFingerprint(site.smtps)).toBe(fingerprintOf(paths.fullchain));
    expect(await installFileTarget(targetOf(site), paths)).toEqual({ changed: [], commandRan: false, checked: false });
    expect(server.output()).not.toMatch(/fatal|panic/);
  });

  test('a configuration that reads other files is found out, and the former file is back', async () => {
    await using site = await startPostfix();
    const first = await writeLineage(site.folder.join('live'));
    await installFileTarget(targetOf(site, silent), first);
    await using server = await site.start();
    expect(server.pid).toBeGreaterThan(0);
    const before = readFileSync(site.folder.join('tls/certificate.pem'));
    writeFileSync(site.folder.join('tls/elsewhere.pem'), before);
    const target = targetOf(site, { outputs: [{ format: 'combined', path: site.folder.join('tls/elsewhere.pem') }], check: { port: site.port, startTls: 'smtp', timeoutSeconds: 1 } });
    await expect(installFileTarget(target, await writeLineage(site.folder.join('other')))).rejects.toMatchObject({ code: 'checkFailed', message: `127.0.0.1:${site.port} still serves another certificate` });
    expect([readFileSync(site.folder.join('tls/elsewhere.pem')), readdirSync(site.folder.join('tls')).sort()]).toEqual([before, ['certificate.pem', 'elsewhere.pem']]);
  });
});

// Needs root: other owners, mounts or another user. The test-bed runs as root.
describe.runIf(isRoot)('Dovecot', () => {
  const targetOf = (site: Awaited<ReturnType<typeof startDovecot>>, more: object = {}) =>
    parseFileTarget({
      preset: 'dovecot',
      outputs: [{ format: 'pem', part: 'fullchain', path: site.folder.join('tls/fullchain.pem') }, { format: 'pem', part: 'privkey', path: site.folder.join('tls/privkey.pem') }],
      command: site.reload,
      check: { port: site.imap, startTls: 'imap', timeoutSeconds: 10 },
      ...more,
    });

  test('serves a renewed certificate over IMAP and POP3 with STARTTLS, and on its TLS port', async () => {
    await using site = await startDovecot();
    await installFileTarget(targetOf(site, silent), await writeLineage(site.folder.join('live')));
    await using server = await site.start();
    expect(server.pid).toBeGreaterThan(0);
    const paths = await writeLineage(site.folder.join('live'));
    expect(await installFileTarget(targetOf(site), paths)).toMatchObject({ commandRan: true, checked: true });
    for (const [port, protocol] of [[site.imap, 'imap'], [site.pop3, 'pop3'], [site.imaps, undefined]] as const) {
      expect(await servedFingerprint(port, protocol)).toBe(fingerprintOf(paths.fullchain));
    }
  });

  test('a reload that fails brings both files back', async () => {
    await using site = await startDovecot();
    await installFileTarget(targetOf(site, silent), await writeLineage(site.folder.join('live')));
    const before = ['fullchain.pem', 'privkey.pem'].map((name) => readFileSync(site.folder.join('tls', name), 'utf8'));
    // The server does not run, so there is nothing that doveadm could reload.
    await expect(installFileTarget(targetOf(site), await writeLineage(site.folder.join('live')))).rejects.toMatchObject({ code: 'commandFailed' });
    expect(['fullchain.pem', 'privkey.pem'].map((name) => readFileSync(site.folder.join('tls', name), 'utf8'))).toEqual(before);
  });
});

// Needs root: other owners, mounts or another user. The test-bed runs as root.
describe.runIf(isRoot)('hitch', () => {
  test('serves a renewed certificate after a signal', async () => {
    await using site = await startHitch();
    const target = (more: object) => parseFileTarget({ preset: 'hitch', outputs: [{ format: 'combined', order: ['privkey', 'fullchain'], path: site.folder.join('tls/certificate.pem'), mode: '0640' }], ...more });
    await installFileTarget(target(silent), await writeLineage(site.folder.join('live')));
    await using server = await site.start();
    const paths = await writeLineage(site.folder.join('live'));
    const result = await installFileTarget(target({ command: ['kill', '-HUP', String(server.pid)], check: { port: site.port, timeoutSeconds: 10 } }), paths);
    expect([result.checked, await servedFingerprint(site.port)]).toEqual([true, fingerprintOf(paths.fullchain)]);
    expect(existsSync(site.folder.join('tls/.certificate.pem.reload-due'))).toBe(false);
  });
});
