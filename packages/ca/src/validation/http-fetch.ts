// One page over HTTP under the rules of public CAs: every address of the host, IPv6 first; up to ten redirects, to http and
// https on their own ports only, never to bare addresses nor to this machine; certificates are not checked; size and time bounded.
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP } from 'node:net';
import { AppError, TimeoutError, withDeadline } from '@certward/base';
import { parseDnsName } from '@certward/pki';
import { Problem } from '../problem.ts';
import { isInside } from './inside-address.ts';
import type { Resolver } from './resolver.ts';

/** How pages are fetched. */
export interface FetchOptions {
  readonly resolver: Resolver;
  readonly httpPort: number;
  readonly httpsPort: number;
  /** For each single request, connecting included. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** A page as fetched. */
export interface Page {
  readonly url: string;
  readonly status: number;
  readonly body: string;
  /** Another host than the one that was asked had the last word. */
  readonly isForeign: boolean;
}

const maxRedirects = 10;
/** A key authorization has about 90 characters; a server that sends pages of HTML shows at least how they begin. */
const maxBodyBytes = 4096;
const maxAddresses = 6;
/** For all redirects and addresses together, in time-outs of one request: slow hosts must not add up. */
const maxTimeouts = 3;

/** Fetches `url`, following redirects. Throws `connection` or `dns`. */
export async function fetchPage(url: string, options: FetchOptions): Promise<Page> {
  try {
    return await withDeadline(`"${url}"`, maxTimeouts * options.timeoutMs, (signal) => follow(new URL(url), { ...options, signal }), options.signal);
  } catch (error) {
    options.signal.throwIfAborted();
    if (error instanceof TimeoutError) throw new Problem('connection', `fetching "${url}" took too long`, { cause: error });
    throw error;
  }
}

async function follow(start: URL, options: FetchOptions): Promise<Page> {
  let target = start;
  let redirectedBy: string | undefined;
  for (let redirects = 0; redirects <= maxRedirects; redirects++) {
    const { address, body, location, status } = await fetchOnce(target, { ...options, redirectedBy });
    if (location === undefined) return { url: target.href, status, body, isForeign: target.hostname !== start.hostname };
    target = checkRedirect(location, { from: target, options });
    redirectedBy = address;
  }
  throw new Problem('connection', `"${start.href}" leads to more than ${maxRedirects} redirects`);
}

/**
 * Redirects stay on the web's two schemes, on the ports of validation, and on hosts with a proper name; an address only
 * where it is the one that is asked already. Else whoever is asked could point the authority at its own network.
 */
function checkRedirect(location: string, { from, options }: { readonly from: URL; readonly options: FetchOptions }): URL {
  let target: URL;
  try {
    target = new URL(location, from);
  } catch (error) {
    throw new Problem('connection', `"${from.href}" redirects to something that is no URL`, { cause: error });
  }
  const isHttps = target.protocol === 'https:';
  if (!isHttps && target.protocol !== 'http:') throw new Problem('connection', `"${from.href}" redirects to the scheme "${target.protocol}"`);
  const port = portOf(target);
  if (![80, 443, options.httpPort, options.httpsPort].includes(port)) throw new Problem('connection', `"${from.href}" redirects to port ${port}`);
  if (target.username !== '' || target.password !== '') throw new Problem('connection', `"${from.href}" redirects with credentials`);
  if (isIP(bareHost(target)) === 0) checkHostName(target, from);
  else if (target.hostname !== from.hostname) throw new Problem('connection', `"${from.href}" redirects to an address instead of a name`);
  return target;
}

function checkHostName(target: URL, from: URL): void {
  try {
    // A wildcard is a name to certify, but no host to go to.
    if (!parseDnsName(target.hostname).startsWith('*.')) return;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
  }
  throw new Problem('connection', `"${from.href}" redirects to a host without a proper name`);
}

interface Fetched {
  /** Who answered. */
  readonly address: string;
  readonly status: number;
  readonly body: string;
  readonly location: string | undefined;
}

interface OnceOptions extends FetchOptions {
  /** The address of the host that sent us here. */
  readonly redirectedBy: string | undefined;
}

/** A redirect must not lead into this machine or its link, unless it came from there. */
function mayBeAsked(address: string, redirectedBy: string | undefined): boolean {
  return redirectedBy === undefined || address === redirectedBy || !isInside(address);
}

async function fetchOnce(url: URL, options: OnceOptions): Promise<Fetched> {
  const host = bareHost(url);
  const found = isIP(host) === 0 ? await options.resolver.addresses(host, { signal: options.signal }) : [host];
  const addresses = found.filter((address) => mayBeAsked(address, options.redirectedBy));
  if (addresses.length === 0 && found.length > 0) throw new Problem('connection', `a redirect led to "${host}", which is inside`);
  let failure: Problem | undefined;
  for (const address of addresses.slice(0, maxAddresses)) {
    try {
      return await withDeadline(`"${url.href}"`, options.timeoutMs, (signal) => fetchFrom(url, { address, signal }), options.signal);
    } catch (error) {
      options.signal.throwIfAborted();
      failure = new Problem('connection', `fetching "${url.href}" from ${address} failed: ${reasonOf(error)}`, { cause: error });
      // Only a host that could not be reached may be tried at its next address; one that answered badly has spoken.
      if (!(error instanceof ConnectFailed) && !(error instanceof TimeoutError)) throw failure;
    }
  }
  throw failure ?? new Problem('dns', `"${host}" has no address`);
}

/** The connection did not come about. */
class ConnectFailed extends Error {}

function reasonOf(error: unknown): string {
  const cause = error instanceof ConnectFailed ? error.cause : error;
  if (cause instanceof TimeoutError) return 'timeout';
  const { code } = cause as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : 'the connection broke';
}

function fetchFrom(url: URL, { address, signal }: { readonly address: string; readonly signal: AbortSignal }): Promise<Fetched> {
  return new Promise((resolve, reject) => {
    const isHttps = url.protocol === 'https:';
    const host = bareHost(url);
    let isConnected = false;
    const request = (isHttps ? requestHttps : requestHttp)({
      host: address,
      port: portOf(url),
      path: `${url.pathname}${url.search}`,
      headers: { host: url.host, 'user-agent': 'Certward-CA/0.1 (ACME validation)', accept: '*/*', connection: 'close' },
      agent: false,
      signal,
      // RFC 8555 §8.3: the proof is in the content; the host has no certificate yet that could be trusted.
      ...(isHttps ? { rejectUnauthorized: false, ...(isIP(host) === 0 ? { servername: host } : {}) } : {}),
    });
    request.on('socket', (socket) => socket.once(isHttps ? 'secureConnect' : 'connect', () => (isConnected = true)));
    request.on('error', (error) => reject(isConnected || signal.aborted ? error : new ConnectFailed('cannot connect', { cause: error })));
    request.on('response', (response) => {
      readBody(response).then((body) => {
        request.destroy();
        resolve({ address, status: response.statusCode ?? 0, body, location: redirectOf(response) });
      }, reject);
    });
    request.end();
  });
}

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size >= maxBodyBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, maxBodyBytes).toString('utf8');
}

function redirectOf({ headers, statusCode = 0 }: IncomingMessage): string | undefined {
  return [301, 302, 303, 307, 308].includes(statusCode) ? headers.location : undefined;
}

function portOf(url: URL): number {
  return url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
}

function bareHost(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}
