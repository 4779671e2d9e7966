// One certificate with a hundred names by HTTP-01.
import { createWorld } from '../acme-world.mjs';
import { clients } from '../clients.mjs';
import { race } from '../harness.mjs';

/** @param {{ quick: boolean }} options */
export async function bench({ quick }) {
  const world = await createWorld();
  try {
    // A getter, because every round needs a hundred names that no order had before.
    const task = { get names() { return Array.from({ length: 100 }, () => world.nextName()); } };
    // One round each for the peers: dehydrated alone takes minutes. The quick run leaves it out.
    const hundred = (await clients(world, task)).map((client) => {
      if (client.name === 'certward' || client.name === 'bare loop') return client;
      return quick && client.name === 'dehydrated' ? { name: client.name, unavailable: 'takes minutes; run without --quick' } : { ...client, rounds: 1 };
    });
    await race('one certificate with 100 names', hundred, { rounds: quick ? 2 : 5 });
  } finally {
    await world.close();
  }
}
