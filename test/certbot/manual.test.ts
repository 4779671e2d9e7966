// Manual hooks: every variable that they get, and what is shown of their output.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Lane } from './support/lane.ts';
import { expectSameInTurns } from './support/turns.ts';
import { hasCertbot, issue, patienceMs, renew } from './support/words.ts';

/** Writes down what the hook got, serves or removes the answer, and says something. */
const script = (lane: Lane, kind: 'auth' | 'cleanup') => {
  const act = kind === 'auth' ? 'mkdir -p "$dir"; printf %s "$CERTBOT_VALIDATION" > "$dir/$CERTBOT_TOKEN"; echo "placed $CERTBOT_DOMAIN"; echo "a warning" >&2' : 'rm "$dir/$CERTBOT_TOKEN"; echo gone';
  const lines = [
    '#!/bin/sh',
    `dir=${lane.sandbox.join('site')}/.well-known/acme-challenge`,
    `{ echo ${kind}; env | grep '^CERTBOT_' | sort; } >> ${lane.sandbox.join('recorded')}`,
    act,
    kind === 'auth' ? 'exit 0' : 'exit 3',
  ];
  return lane.sandbox.write(`${kind}.sh`, `${lines.join('\n')}\n`, 0o755);
};
const hooks = (lane: Lane) => ['--manual', '--preferred-challenges', 'http', '--manual-auth-hook', script(lane, 'auth'), '--manual-cleanup-hook', script(lane, 'cleanup')];

/** The CA's order of names is by chance: names are told apart by their place in it. */
const byPlace = (text: string) => {
  const first = /for ([ab]\.test) ran|DOMAIN=([ab]\.test)/.exec(text)?.slice(1).find((name) => name !== undefined) ?? 'a.test';
  const other = first === 'a.test' ? 'b.test' : 'a.test';
  return text
    .split('\n')
    .map((line) => (/^(?:Renewing|Requesting| {2}\/|Processing)|<folder>/.test(line) ? line : line.replaceAll(first, 'FIRST').replaceAll(other, 'OTHER')))
    .join('\n');
};

/** What the hooks got, without proofs; `CERTBOT_IDENTIFIER` and its like are newer than 2.1, and ours has them. */
function recorded(lane: Lane): readonly string[] {
  const file = lane.sandbox.join('recorded');
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .filter((line) => !/^CERTBOT_(?:ALL_)?IDENTIFIER/.test(line))
    .map((line) => line.replace(/^(CERTBOT_(?:VALIDATION|TOKEN)=).*/, '$1<proof>'));
}

// Needs Certbot or its libraries, which the test-bed installs on Debian.
describe.runIf(hasCertbot).concurrent('manual hooks in turns', { timeout: patienceMs }, () => {
  test('get the same variables in the same order, and survive the other program', async () => {
    const seen = new Set<string>();
    const remember = (lane: Lane) => {
      seen.add(byPlace(recorded(lane).join('\n')));
      rmSync(lane.sandbox.join('recorded'));
    };
    await expectSameInTurns({
      prepare: (lane) => lane.serveSites({ 'a.test': 'site', 'b.test': 'site' }),
      steps: [
        { args: (lane) => issue(lane, ...hooks(lane), '-d', 'a.test,b.test'), text: byPlace, after: remember },
        { args: () => renew('--force-renewal'), text: byPlace, after: remember },
        { args: () => renew('--force-renewal'), text: byPlace, after: remember },
        { args: (lane) => issue(lane, '--manual', '-d', 'a.test'), code: 1, text: false },
      ],
    });
    expect([...seen]).toHaveLength(1);
    expect([...seen][0]).toContain('CERTBOT_AUTH_OUTPUT=placed FIRST');
  });
});
