// What two runs of the same thing may differ in: paths, ports, dates, serials, ids. Replaced by names, so that the rest
// can be compared; and the differences between the programs that are on purpose (docs/divergences.md), taken out by name.
import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Lane } from './lane.ts';

/** Accounts of a lane by age, so that ids can be told apart. */
export function accountIds({ sandbox }: Lane): readonly string[] {
  const root = path.join(sandbox.config, 'accounts');
  if (!existsSync(root)) return [];
  const found = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => /(?:^|\/)[0-9a-f]{32}$/.test(name));
  const born = (name: string) => statSync(path.join(root, name, 'private_key.json'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return found.sort((a, b) => born(a) - born(b)).map((name) => path.basename(name));
}

/** A text without what is different each time. */
export function neutral(text: string, lane: Lane): string {
  const { sandbox, pebble } = lane;
  const ids = accountIds(lane);
  return text
    .replaceAll(realpathSync(sandbox.folder), '<folder>')
    .replaceAll(sandbox.folder, '<folder>')
    .replaceAll(new URL(pebble.directoryUrl).host, '<ca>')
    .replaceAll(String(pebble.httpPort), '<port>')
    .replaceAll(/[0-9a-f]{32}/g, (id) => (ids.includes(id) ? `<account ${ids.indexOf(id) + 1}>` : '<account that is gone>'))
    .replaceAll(/\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d:\d\d(?:\+00:00|Z)?)?/g, '<date>')
    .replaceAll(/(Serial Number: )[0-9a-f]+/g, '$1<serial>')
    .replaceAll(/authorization "?[\w-]{30,}"?/g, 'authorization <id>');
}

/** Certbot 2.1 says `Domains:` where today's releases, and we, say `Identifiers:`. */
export function labelsOfToday(text: string): string {
  return text.replaceAll(/^( +)Domains: /gm, '$1Identifiers: ').replaceAll(/^( +)Domain: {2}/gm, '$1Identifier: ').replaceAll(/^( +)Domain: /gm, '$1Identifier: ');
}
