// Asks our own server for an answer, to know when its reload has taken effect: Apache does not say.
import { request } from 'node:http';
import type { Clock, Log } from '@certward/base';
import type { CallOptions } from '@certward/engine';
import { isAnyHost, parseListen } from '../tree/address.ts';
import type { ConfigTree } from '../tree/walk.ts';

/** One answer to ask for. */
export interface ExpectedAnswer {
  readonly host: string;
  readonly token: string;
  readonly content: string;
}

const patienceMs = 5_000;
const pauseMs = 50;
const requestTimeoutMs = 2_000;

/** Addresses under which this machine reaches the port. */
export function probeAddresses({ directives, hosts }: ConfigTree, port: string): string[] {
  const listens = directives.filter((placed) => placed.node.name === 'listen').map((placed) => parseListen(placed.args[0] ?? ''));
  const onPort = [...listens, ...hosts.flatMap((host) => host.addresses)].filter((address) => address.port === port);
  const addresses = onPort.map((address) => (isAnyHost(address) ? '127.0.0.1' : address.host.replace(/^\[(.*)\]$/, '$1')));
  return [...new Set(addresses.filter((address) => /^[\d.]+$|:/.test(address)))];
}

/** Waits until the server gives every answer on one of `addresses`. Goes on after a while: the CA's view is what counts. */
export async function waitForAnswers(
  expected: readonly ExpectedAnswer[],
  { addresses, port, clock, log, signal }: { readonly addresses: readonly string[]; readonly port: string; readonly clock: Clock; readonly log: Log } & CallOptions,
): Promise<void> {
  const until = clock.monotonicMs() + patienceMs;
  for (const answer of expected) {
    for (;;) {
      signal?.throwIfAborted();
      const bodies = await Promise.all(addresses.map((address) => fetchAnswer(answer, { address, port, signal })));
      if (bodies.includes(answer.content)) break;
      if (clock.monotonicMs() >= until) {
        log.warn('Apache does not give the answer of the challenge on this machine', { identifier: answer.host });
        return;
      }
      await clock.sleep(pauseMs, { signal });
    }
  }
}

function fetchAnswer({ host, token }: ExpectedAnswer, { address, port, signal }: { readonly address: string; readonly port: string } & CallOptions): Promise<string | undefined> {
  return new Promise((resolve) => {
    const call = request({
      host: address,
      port: Number(port),
      path: `/.well-known/acme-challenge/${token}`,
      headers: { host },
      agent: false,
      timeout: requestTimeoutMs,
      ...(signal === undefined ? {} : { signal }),
    });
    call.once('error', () => resolve(undefined));
    call.once('timeout', () => call.destroy());
    call.once('response', (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => (body = (body + text).slice(0, 1_000)));
      response.once('error', () => resolve(undefined)).once('close', () => resolve(response.statusCode === 200 ? body.trimEnd() : undefined));
    });
    call.end();
  });
}
