// Certificates, redirects and headers put into a real nginx, and taken back.
import { describe, expect, test } from 'vitest';
import { createNginxWorld, mainConfig } from './support/nginx.ts';

const simple = {
  'nginx.conf': mainConfig(`    include conf.d/*.conf;`),
  'conf.d/a.conf': `# first site
server {
    listen @HTTP@;
    server_name a.test www.a.test; # two names

    location / {
        return 200 "site a\\n";
    }
}
server {
\tlisten @HTTP@;
\tserver_name b.test;
\tlocation / { return 200 "site b\\n"; }
}
`,
};

describe('a plain site', () => {
  test('gets its certificate, redirects, sends HSTS, and is byte for byte as before after a rollback', async () => {
    await using world = await createNginxWorld(simple);
    await world.start();
    const before = await world.snapshot();
    const paths = await world.certificate(['a.test', 'www.a.test', 'b.test']);
    const installer = world.installer();
    await installer.prepare();
    expect(installer.names()).toEqual(['a.test', 'b.test', 'www.a.test']);

    for (const name of ['a.test', 'www.a.test', 'b.test']) {
      const edit = await installer.deploy(name, paths);
      expect(edit.messages).toEqual([`Successfully deployed certificate for ${name} to ${world.root}/conf.d/a.conf`]);
    }
    await installer.save('Deployed ACME Certificate');
    await installer.restart();
    for (const name of ['a.test', 'www.a.test', 'b.test']) expect((await world.https(name)).subject.CN).toBe('one');

    for (const name of ['a.test', 'www.a.test', 'b.test']) {
      await installer.enhance(name, 'redirect');
      await installer.enhance(name, 'hsts');
    }
    await installer.save('Add enhancement');
    await installer.restart();
    for (const name of ['a.test', 'www.a.test', 'b.test']) {
      const answer = await world.http(name, '/x?y');
      expect(answer.status).toBe(301);
      expect(answer.headers['location']).toBe(`https://${name}/x?y`);
    }

    await installer.rollback(2);
    expect(await world.snapshot()).toEqual(before);
    expect((await world.http('a.test')).body).toBe('site a\n');
  });
});
