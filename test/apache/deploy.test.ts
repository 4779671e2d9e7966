// Deployment on a real Apache: what clients see afterwards, what rollback leaves, what a broken configuration does.
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitUntil } from '@certward/testing';
import { describe, expect, test } from 'vitest';
import { createApacheRoot } from './support/apache-root.ts';
import { writeLineage } from './support/certificates.ts';
import { get, servedCertificate } from './support/clients.ts';
import { installerFor } from './support/installer.ts';

const site = (port: number, folder: string, names: readonly string[]) => `<VirtualHost *:${port}>
	ServerName ${names[0]}
	${names.length > 1 ? `ServerAlias ${names.slice(1).join(' ')}` : ''}
	DocumentRoot ${folder}/www
	# Trailing remark

</VirtualHost>
`;

describe('deploying on a real Apache', () => {
  test('serves the certificate for every name of http hosts, and rolls back to the byte', async () => {
    await using root = await createApacheRoot();
    await root.addSite('000-default.conf', `<VirtualHost *:${root.httpPort}>\n\tDocumentRoot ${root.folder.path}/www\n</VirtualHost>\n`);
    await root.addSite('one.conf', site(root.httpPort, root.folder.path, ['one.test', 'www.one.test', '*.any.one.test']));
    await root.addSite('two.conf', site(root.httpPort, root.folder.path, ['two.test']).replaceAll('\n', '\r\n'));
    const before = await root.snapshot();
    await using server = await root.start();
    const lineage = await writeLineage(root.folder.join('config/live/one.test'), ['one.test', 'www.one.test', 'two.test']);
    const installer = installerFor(root);
    await installer.prepare();
    expect(installer.names()).toEqual(['one.test', 'two.test', 'www.one.test']);
    for (const name of ['one.test', 'www.one.test', 'x.any.one.test', 'two.test']) await installer.deploy(name, lineage.paths);
    expect(installer.pendingChanges().map((change) => change.path)).toEqual([
      join(root.serverRoot, 'sites-available/one-le-ssl.conf'),
      join(root.serverRoot, 'sites-available/two-le-ssl.conf'),
    ]);
    expect(await root.snapshot()).toEqual(before);
    await installer.save('Deployed ACME Certificate');
    await installer.restart();
    for (const name of ['one.test', 'www.one.test', 'x.any.one.test', 'two.test']) {
      await waitUntil(async () => (await servedCertificate(root.httpsPort, name)) === lineage.leaf, { what: `certificate of ${name}` });
      expect((await get(root.httpsPort, name, { tls: true })).body).toBe('hello\n');
    }
    const twin = await readFile(join(root.serverRoot, 'sites-available/one-le-ssl.conf'), 'utf8');
    expect(twin).toBe(`<IfModule mod_ssl.c>
<VirtualHost *:${root.httpsPort}>
	ServerName one.test
	ServerAlias www.one.test *.any.one.test
	DocumentRoot ${root.folder.path}/www
	# Trailing remark
	SSLCertificateFile ${lineage.paths.fullchain}
	SSLCertificateKeyFile ${lineage.paths.privkey}
	Include ${root.configDir}/options-ssl-apache.conf

</VirtualHost>
</IfModule>
`);
    expect(await installer.rollback(1)).toEqual({ rolledBack: 1 });
    expect(await root.snapshot()).toEqual(before);
    expect(server.output()).not.toContain('AH00526');
  });

  test('leaves a broken configuration alone and says what Apache says', async () => {
    await using root = await createApacheRoot();
    const path = await root.addSite('one.conf', site(root.httpPort, root.folder.path, ['one.test']));
    await appendFile(path, 'NoSuchDirective on\n');
    const before = await root.snapshot();
    await expect(installerFor(root).prepare()).rejects.toMatchObject({
      code: 'configTestFailed',
      message: expect.stringContaining("Invalid command 'NoSuchDirective'"),
    });
    expect(await root.snapshot()).toEqual(before);
  });

  test('takes everything back when Apache refuses the result', async () => {
    await using root = await createApacheRoot();
    await root.addSite('one.conf', site(root.httpPort, root.folder.path, ['one.test']));
    const before = await root.snapshot();
    const { paths } = await writeLineage(root.folder.join('config/live/one.test'), ['one.test']);
    const installer = installerFor(root);
    await installer.prepare();
    await installer.deploy('one.test', { ...paths, fullchain: root.folder.join('nowhere.pem') });
    await expect(installer.save('Deployed ACME Certificate')).rejects.toMatchObject({
      code: 'configTestFailed',
      message: expect.stringContaining('nowhere.pem'),
    });
    expect(await root.snapshot()).toEqual(before);
    expect(installer.pendingChanges()).toEqual([]);
    await installer.deploy('one.test', paths);
    await installer.save('Deployed ACME Certificate');
  });
});
