// The words of command lines that stories are made of. The same for both programs.
import { tryFindBinary } from '@certward/testing';
import type { Lane } from './lane.ts';

/** Whether the real Certbot is here. Says so once per file where it is not. */
export const hasCertbot = tryFindBinary('certbot') !== undefined;
if (!hasCertbot) console.log('Certbot side by side: not run (certbot is not installed)');

/** An unattended issuance at the lane's CA, with a new account where there is none. */
export function issue({ pebble }: Lane, ...more: readonly string[]): readonly string[] {
  return ['certonly', '-n', '--agree-tos', '--register-unsafely-without-email', '--server', pebble.directoryUrl, ...more];
}

/** A renewal that does not wait for a random time. */
export function renew(...more: readonly string[]): readonly string[] {
  return ['renew', '--no-random-sleep-on-renew', ...more];
}

/** The standalone plugin on the port where the CA looks. */
export function standalone({ pebble }: Lane): readonly string[] {
  return ['--standalone', '--http-01-port', String(pebble.httpPort)];
}

/** A story is three dozen starts of Certbot; on a busy machine each takes seconds. */
export const patienceMs = 300_000;
