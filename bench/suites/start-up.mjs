// How long the command takes to say something that needs no work. The floor is an empty Node script.
import { race } from '../harness.mjs';
import { certward, peer } from '../peers.mjs';

/** @param {{ quick: boolean }} options */
export async function bench({ quick }) {
  const rounds = quick ? 5 : 15;
  await race('certward --version', [
    { name: 'certward', command: () => ({ argv: [...certward, '--version'] }) },
    { name: 'node -e 0', command: () => ({ argv: [process.execPath, '-e', '0'] }) },
    peer('certbot', ['--version']),
    peer('lego', ['--version']),
    peer('dehydrated', ['--version']),
    peer('uacme', ['--version']),
    peer('caddy', ['version']),
  ], { rounds });
  await race('certward --help', [
    { name: 'certward', command: () => ({ argv: [...certward, '--help'] }) },
    peer('certbot', ['--help']),
    peer('lego', ['--help']),
  ], { rounds });
}
