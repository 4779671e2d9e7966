// One certificate by HTTP-01 from a Pebble that neither sleeps nor refuses nonces.
import { createWorld } from '../acme-world.mjs';
import { clients } from '../clients.mjs';
import { race } from '../harness.mjs';

/** @param {{ quick: boolean }} options */
export async function bench({ quick }) {
  const world = await createWorld();
  const options = { rounds: quick ? 3 : 9 };
  try {
    await race('one EC certificate, existing account', await clients(world), options);
    await race('one RSA 2048 certificate, existing account', await clients(world, { key: 'rsa' }), options);
    await race('one EC certificate, new account', await clients(world, { account: 'fresh' }), options);
  } finally {
    await world.close();
  }
}
