// Our prediction of the block that answers, beside the block that does answer in a real nginx.
import { describe, expect, test } from 'vitest';
import { silentLog } from '@certward/base';
import { seededRandom } from '@certward/testing';
import { answeringVhost } from '../../packages/installers/src/nginx/match/choose.ts';
import { loadConfiguration } from '../../packages/installers/src/nginx/tree/configuration.ts';
import { createNginxWorld, mainConfig } from './support/nginx.ts';

const names = [
  'example.com', 'www.example.com', '.example.com', '*.example.com', 'a.b.example.com', '*.b.example.com', 'www.example.*', 'www.*',
  'mail.example.*', '*.com', 'example.org', '.example.org', 'EXAMPLE.net', String.raw`~^www\d+\.example\.net$`, String.raw`~^(?<user>.+)\.example\.net$`,
  String.raw`~^(?P<who>[a-z]+)\.users\.test$`, '~^Upper.test$', '~example', '"~^q{2}\\.test$"', '""', '_', '*.d.e.f.test', 'x.d.e.f.test', '*.f.test', '.f.test', 'only.test',
];

const hosts = [
  'example.com', 'www.example.com', 'a.b.example.com', 'c.b.example.com', 'b.example.com', 'deep.c.b.example.com', 'www.example.org', 'www.example.co.uk',
  'www.other', 'mail.example.net', 'mail.example.com', 'example.org', 'sub.example.org', 'example.net', 'EXAMPLE.NET', 'www1.example.net', 'joe.example.net', 'joe.users.test',
  'upper.test', 'UPPER.TEST', 'notanexample', 'qq.test', 'nothing.test', 'x.d.e.f.test', 'y.d.e.f.test', 'z.f.test', 'f.test', 'only.test', 'com', '_', 'x.com',
];

/** Splits a shuffled choice of the names over server blocks on one address. */
function configurationOf(seed: number): string {
  const random = seededRandom(seed);
  const pick = (below: number) => Math.floor(random.fraction() * below);
  const shuffled = names.map((name) => ({ name, order: random.fraction() })).sort((a, b) => a.order - b.order).map(({ name }) => name);
  const some = shuffled.slice(0, 6 + pick(names.length - 6));
  // nginx warns of ".x" beside "x" or "*.x" as conflicting and then ignores some of them.
  const chosen = some.filter((name) => !some.includes(`.${name.replace(/^\*\./, '')}`));
  const blocks: string[][] = [[]];
  for (const name of chosen) {
    if (pick(3) === 0) blocks.push([]);
    blocks.at(-1)?.push(name);
  }
  const defaultIndex = pick(blocks.length + 2);
  return blocks
    .map((list, index) => `server { listen 127.0.0.1:@HTTP@${index === defaultIndex ? ' default_server' : ''}; ${list.length > 0 ? `server_name ${list.join(' ')};` : ''} location / { return 200 "${index}"; } }`)
    .join('\n');
}

describe('the block that answers', () => {
  test.each(Array.from({ length: 8 }, (_, seed) => seed))('is the one that nginx chooses (seed %i)', async (seed) => {
    await using world = await createNginxWorld({ 'nginx.conf': mainConfig(`    server_names_hash_bucket_size 128;\n${configurationOf(seed)}`) });
    await world.start();
    const { vhosts } = loadConfiguration({ serverRoot: world.root, log: silentLog, hostname: 'here' });
    const key = `127.0.0.1:${world.httpPort}`;
    for (const host of hosts) {
      const predicted = answeringVhost(vhosts, key, host);
      const index = predicted === undefined ? -1 : vhosts.indexOf(predicted);
      expect({ host, block: String(index) }).toEqual({ host, block: (await world.http(host)).body });
    }
  });
});
