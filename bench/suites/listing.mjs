// `certificates`, and `renew` with nothing due, over many lineages. The server that the configurations name does not
// answer: what is measured is the state between two looks at renewal information, which is nearly every run of a timer.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { race } from '../harness.mjs';
import { writeLineages } from '../lineages.mjs';
import { certward, installed } from '../peers.mjs';

/** Beyond this Certbot takes minutes; its time per lineage is known by then. */
const mostForCertbot = 1000;

/** @param {{ quick: boolean }} options */
export async function bench({ quick }) {
  const certbot = installed('certbot');
  for (const count of quick ? [100] : [100, 1000, 5000]) {
    const folder = mkdtempSync(path.join(tmpdir(), 'certward-bench-lineages-'));
    try {
      await writeLineages(path.join(folder, 'config'), count, 'https://127.0.0.1:9/directory');
      const folders = ['config', 'work', 'logs'].flatMap((name) => [`--${name}-dir`, path.join(folder, name)]);
      for (const verb of [['certificates'], ['renew', '-n', '--no-random-sleep-on-renew']]) {
        /** @type {import('../harness.mjs').Competitor} */
        const peer =
          certbot === undefined
            ? { name: 'certbot', unavailable: 'not installed' }
            : count > mostForCertbot
              ? { name: 'certbot', unavailable: `takes minutes at ${count}; see ${mostForCertbot}` }
              : { name: 'certbot', rounds: count > 100 ? 1 : 3, command: () => ({ argv: [certbot, ...verb, ...folders] }) };
        await race(
          `certward ${verb[0]}, ${count} lineages, nothing due`,
          [{ name: 'certward', command: () => ({ argv: [...certward, ...verb, ...folders] }) }, peer],
          { rounds: quick ? 3 : 7 },
        );
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}
