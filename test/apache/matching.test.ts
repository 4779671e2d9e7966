// Our reading of virtual hosts beside Apache's: the same hosts by its own dump, and the same host for every name by requests.
import { execFileSync } from 'node:child_process';
import { seededRandom, waitUntil } from '@certward/testing';
import { describe, expect, test } from 'vitest';
import { createApacheRoot } from './support/apache-root.ts';
import { writeLineage } from './support/certificates.ts';
import { get, servedCertificate } from './support/clients.ts';
import { installerFor } from './support/installer.ts';

const pool = ['a.test', 'b.test', 'www.a.test', 'x.www.a.test', 'c.example', 'A.B.TEST', '*.a.test', '*.test', 'w?w.a.test', '*.example'];

describe('hosts as Apache reads them', () => {
  test('a certificate that is deployed for a name is the one that Apache serves for it, or we say who takes it', async () => {
    const random = seededRandom(7);
    const pick = () => pool[Math.floor(random.fraction() * pool.length)] ?? 'a.test';
    for (let round = 0; round < 6; round++) {
      await using root = await createApacheRoot({ modules: ['mpm_event', 'authz_core', 'dir', 'alias', 'env', 'mime', 'setenvif', 'socache_shmcb', 'ssl'] });
      const other = await writeLineage(root.folder.join('config/live/other'), ['other.invalid']);
      for (let index = 0; index < 6; index++) {
        const names = [pick(), pick(), pick()];
        await root.addSite(`${index}.conf`, `<VirtualHost *:${root.httpsPort}>\n  ServerName ${names[0]?.replace(/[*?]\.?/, 'h')}\n  ServerAlias ${names.slice(1).join(' ')}\n  SSLEngine on\n  SSLCertificateFile ${other.paths.fullchain}\n  SSLCertificateKeyFile ${other.paths.privkey}\n</VirtualHost>\n`);
      }
      await using server = await root.start();
      for (const name of ['a.test', 'www.a.test', 'b.test', 'c.example', 'a.b.test', 'nobody.invalid']) {
        const lineage = await writeLineage(root.folder.join(`config/live/${name}`), [name]);
        const installer = installerFor(root);
        await installer.prepare();
        const edit = await installer.deploy(name, lineage.paths).catch((error: unknown) => error);
        if (edit instanceof Error) {
          expect(edit).toMatchObject({ code: 'virtualHostMissing' });
          continue;
        }
        await installer.save('Deployed ACME Certificate');
        await installer.restart();
        const shadowed = JSON.stringify(edit).includes('which comes first');
        if (shadowed) {
          expect(await servedCertificate(root.httpsPort, name)).not.toBe(lineage.leaf);
        } else {
          await waitUntil(async () => (await servedCertificate(root.httpsPort, name)) === lineage.leaf, { what: `the new certificate of ${name} in round ${round}` });
        }
      }
      expect(server.output()).toBe('');
    }
  });

  test('the names found are those of its own dump', async () => {
    await using root = await createApacheRoot();
    await root.addSite('a.conf', `Define DOMAIN defined.test\n<VirtualHost *:${root.httpPort}>\n  ServerName \${DOMAIN}\n  ServerAlias www.\${DOMAIN} \\\n    more.\${DOMAIN}\n</VirtualHost>\n<IfModule mod_nothing.c>\n<VirtualHost *:${root.httpPort}>\nServerName nothing.test\n</VirtualHost>\n</IfModule>\n`);
    await root.addSite('b.conf', `<IfModule !mod_nothing.c>\n<VirtualHost *:${root.httpPort} [::]:${root.httpPort}>\nSERVERNAME "Upper.TEST"\n</VirtualHost>\n</IfModule>\n<IfDefine DOMAIN>\n<VirtualHost *:${root.httpPort}>\nServerName https://scheme.test:8443\n</VirtualHost>\n</IfDefine>\n`);
    const dump = execFileSync(root.ctl, ['-t', '-D', 'DUMP_VHOSTS'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const dumped = [...dump.matchAll(/(?:namevhost|alias) (\S+)/g)].map((match) => match[1]?.toLowerCase() ?? '');
    const installer = installerFor(root);
    await installer.prepare();
    expect(installer.names()).toEqual([...new Set(dumped)].sort());
    expect(installer.names()).toHaveLength(5);
    await using server = await root.start();
    expect((await get(root.httpPort, 'defined.test')).status).toBeLessThan(500);
    expect(server.output()).toBe('');
  });
});
