// Many certificates: 50 one after the other by clients that take one at a time, and 50 and 200 with 16 in flight through
// the engine beside the bare loop. High concurrency runs against the embedded CA, the rest against Pebble.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { freePort } from '@certward/testing';
import { createWorld, script } from '../acme-world.mjs';
import { makeBareAccount } from '../bare-account.mjs';
import { clients } from '../clients.mjs';
import { race } from '../harness.mjs';

const here = (/** @type {string} */ file) => fileURLToPath(new URL(`../${file}`, import.meta.url));

/** @param {{ quick: boolean }} options */
export async function bench({ quick }) {
  const world = await createWorld();
  try {
    await inFlight(world, quick ? [50] : [50, 200], quick ? 2 : 5);
    await oneByOne(world, quick ? 5 : 50);
  } finally {
    await world.close();
  }
}

/** @param {import('../acme-world.mjs').World} world @param {readonly number[]} counts @param {number} rounds */
async function inFlight(world, counts, rounds) {
  const port = await freePort();
  const child = spawn(process.execPath, [here('bench-ca.mjs'), String(port)], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    /** @type {string} */
    const line = await new Promise((resolve) => createInterface(child.stdout).once('line', resolve));
    const { directoryUrl, rootsPem } = JSON.parse(line);
    const roots = path.join(world.folder, 'ca-roots.pem');
    writeFileSync(roots, rootsPem);
    const account = path.join(world.folder, 'ca-account.json');
    await makeBareAccount(directoryUrl, account);
    for (const count of counts) {
      const names = () => Array.from({ length: count }, () => world.nextName());
      await race(
        `${count} certificates, 16 in flight, embedded CA`,
        [
          {
            name: 'certward engine',
            command: () => ({
              argv: [process.execPath, here('our-many.mjs'), directoryUrl, roots, String(port), account, path.join(world.folder, world.nextName()), '16', ...names()],
            }),
          },
          { name: 'bare loop', command: () => ({ argv: [process.execPath, here('bare-loop.mjs'), directoryUrl, String(port), account, '16', ...names()] }) },
        ],
        { rounds },
      );
    }
  } finally {
    child.stdin.end();
  }
}

/** Every client as a loop in a shell: what people do who have no better. @param {import('../acme-world.mjs').World} world @param {number} count */
async function oneByOne(world, count) {
  const looping = (await clients(world)).map((client) => {
    const { command } = client;
    if (command === undefined) return client;
    return {
      ...client,
      requests: () => undefined,
      rounds: 1,
      command: async () => {
        /** @type {string[]} */
        const lines = [];
        let env = {};
        for (let index = 0; index < count; index++) {
          if (index > 0) await client.after?.();
          const made = await command();
          env = made.env ?? {};
          lines.push(`${made.argv.map((word) => `'${word}'`).join(' ')} || exit 1`);
        }
        return { argv: ['sh', script(world, `loop-${client.name.replaceAll(' ', '-')}`, lines.join('\n'))], env };
      },
    };
  });
  await race(`${count} certificates, one command after the other, Pebble`, looping, { rounds: 1, warmUp: false });
}
