// Certbot and we on one configuration, in turns: each recognises the lines of the other, and takes its checkpoints back.
import type { Installer } from '@certward/engine';
import { waitUntil } from '@certward/testing';
import { describe, expect, test } from 'vitest';
import { certbotInstall, runCertbot } from './support/certbot.ts';
import { createNginxWorld, mainConfig, type NginxWorld } from './support/nginx.ts';

const site = {
  'nginx.conf': mainConfig('    include conf.d/*.conf;'),
  'conf.d/a.conf': `# first site
server {
    listen @HOST@:80;
    server_name a.test www.a.test;

    location / {
        return 200 "site a\\n";
    }
}
`,
  'conf.d/b.conf': `server { listen @HOST@:80; server_name b.test; return 200 b; }\n`,
};
const names = ['a.test', 'www.a.test', 'b.test'];

async function installAll(world: NginxWorld, installer: Installer): Promise<void> {
  const paths = await world.certificate(names);
  await installer.prepare();
  for (const name of names) await installer.deploy(name, paths);
  await installer.save('Deployed ACME Certificate');
  for (const name of names) {
    await installer.enhance(name, 'redirect');
    await installer.enhance(name, 'hsts');
  }
  await installer.save('Add enhancement');
  await installer.restart();
}

/** The statements without blank space: what Certbot's blank lines leave unchanged. */
function essence(files: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [name, text.replaceAll(/\s+/g, ' ').trim()]));
}

describe('beside Certbot', () => {
  test('it finds our certificate, redirects and headers, and changes nothing that matters', async () => {
    await using world = await createNginxWorld(site, { httpPort: 80 });
    await world.start();
    await installAll(world, world.installer());
    const ours = await world.snapshot();
    const paths = await world.certificate(names);
    const printed = await certbotInstall(world, paths, { names, flags: ['--redirect', '--hsts'] });
    expect(printed).toContain('Successfully deployed certificate for a.test');
    expect(essence(await world.snapshot())).toEqual(essence(ours));
    for (const name of names) expect((await world.http(name)).headers['location']).toBe(`https://${name}/`);
  });

  test('we find its certificate, redirects and headers, and change nothing', async () => {
    await using world = await createNginxWorld(site, { httpPort: 80 });
    await world.start();
    const paths = await world.certificate(names);
    await certbotInstall(world, paths, { names, flags: ['--redirect', '--hsts'] });
    const installer = world.installer();
    await installer.prepare();
    for (const name of names) {
      await installer.deploy(name, paths);
      await installer.enhance(name, 'redirect');
      await installer.enhance(name, 'hsts');
    }
    expect(installer.pendingChanges().map(({ path, after }) => `${path}\n${Buffer.from(after ?? []).toString()}`)).toEqual([]);
  });

  test('it takes our checkpoints back, byte for byte', async () => {
    await using world = await createNginxWorld(site, { httpPort: 80 });
    await world.start();
    const before = await world.snapshot();
    await installAll(world, world.installer());
    await runCertbot(world, ['rollback', '--checkpoints', '2']);
    expect(await world.snapshot()).toEqual(before);
    await waitUntil(async () => (await world.http('a.test')).body === 'site a\n', { what: 'the reload that Certbot asked for' });
  });

  test('we take its checkpoints back, byte for byte', async () => {
    await using world = await createNginxWorld(site, { httpPort: 80 });
    await world.start();
    const before = await world.snapshot();
    await certbotInstall(world, await world.certificate(names), { names, flags: ['--redirect', '--hsts'] });
    expect(await world.snapshot()).not.toEqual(before);
    const installer = world.installer();
    await installer.prepare();
    await installer.rollback(10);
    expect(await world.snapshot()).toEqual(before);
    expect((await world.http('b.test')).body).toBe('b');
  });
});
