// HAProxy's run-time interface: one command per connection to its socket, answered with text until it closes.
import { connect } from 'node:net';

import { withDeadline } from '@certward/base';

import { HaproxyError } from './errors.ts';

/** Where the interface listens: a path, or `host:port`. */
export type SocketAddress = string;

const longestAnswer = 1024 * 1024;

/** Sends one command, and resolves with what was answered. Rejects with `socketFailed` where nobody answers. */
export async function askSocket(address: SocketAddress, command: string, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<string> {
  try {
    return await withDeadline(`the HAProxy socket ${address}`, 10_000, (signal) => exchange(address, command, signal), options.signal);
  } catch (cause) {
    options.signal?.throwIfAborted();
    throw new HaproxyError('socketFailed', `the HAProxy socket "${address}" does not answer`, { cause, details: { address } });
  }
}

function exchange(address: SocketAddress, command: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const colon = address.lastIndexOf(':');
    const socket = address.startsWith('/') || colon === -1 ? connect({ path: address }) : connect({ host: address.slice(0, colon), port: Number(address.slice(colon + 1)) });
    let answer = '';
    const onAbort = () => void socket.destroy(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      answer += text;
      if (answer.length > longestAnswer) socket.destroy(new Error('the answer is too long'));
    });
    socket.on('error', reject);
    socket.on('end', () => resolve(answer.trim()));
    socket.on('close', () => signal.removeEventListener('abort', onAbort));
    // The end of the input is what makes a master close after its answer.
    socket.end(command.endsWith('\n') ? command : `${command}\n`);
  });
}

/** One certificate file that the running server is to use. */
export interface LiveCertificate {
  readonly path: string;
  /** PEM blocks without empty lines. */
  readonly payload: string;
  /** The crt-list or folder that it is new in, if it is. */
  readonly list?: string | undefined;
}

/**
 * Gives the running server a certificate: replaces the one it has under that path, or loads a new one and adds it to its
 * list. Connections that are open stay, new ones get it. Rejects with `socketRefused` and the server's answer; then
 * nothing has changed.
 */
export async function pushCertificate(address: SocketAddress, certificate: LiveCertificate, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
  const { path, payload, list } = certificate;
  const word = path.replaceAll(/[\\ \t;"'<]/g, String.raw`\$&`);
  const known = (await askSocket(address, 'show ssl cert', options)).split('\n').some((line) => line.trim() === path);
  if (!known && list === undefined) throw new HaproxyError('socketRefused', `the running HAProxy does not know "${path}"`, { details: { path } });
  const ask = async (command: string, expected: RegExp) => {
    const answer = await askSocket(address, command, options);
    if (!expected.test(answer)) throw new HaproxyError('socketRefused', `the running HAProxy did not take "${path}": ${answer.slice(0, 500)}`, { details: { path } });
  };
  if (!known) await ask(`new ssl cert ${word}`, /New empty certificate store/);
  try {
    await ask(`set ssl cert ${word} <<\n${payload}\n\n`, /Transaction (?:created|updated)/);
    await ask(`commit ssl cert ${word}`, /Success!/);
    if (!known && list !== undefined) await ask(`add ssl crt-list ${list} ${word}`, /Success!/);
  } catch (error) {
    await askSocket(address, `abort ssl cert ${word}`).catch(() => '');
    if (!known) await askSocket(address, `del ssl cert ${word}`).catch(() => '');
    throw error;
  }
}
