// Requests through an HTTP proxy: which one, and the tunnel to an https server behind it (CONNECT, RFC 9110 §9.3.6).
import type { Agent as HttpAgent, IncomingMessage } from 'node:http';
import type { AgentOptions, RequestOptions } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';

import { AcmeError } from './errors.ts';

/** Chooses the proxy for a URL; undefined connects directly. */
export type ProxyChoice = (url: URL) => URL | undefined;

/** From asking the proxy for a tunnel to its answer. */
const tunnelTimeoutMs = 20_000;

/**
 * The choice that the usual environment variables make: `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, lower case first, then
 * `ALL_PROXY`. `HTTP_PROXY` in upper case is not read where `REQUEST_METHOD` is set: a web client may have put it there.
 * Throws `urlRefused` for a proxy that is not an http URL.
 */
export function proxyFromEnvironment(environment: Readonly<Record<string, string | undefined>>): ProxyChoice | undefined {
  const read = (name: string) => {
    const isForged = name === 'http_proxy' && environment['REQUEST_METHOD'] !== undefined;
    const text = environment[name] ?? (isForged ? undefined : environment[name.toUpperCase()]);
    return text === undefined || text.trim() === '' ? undefined : text.trim();
  };
  const all = read('all_proxy');
  const https = parseProxy(read('https_proxy') ?? all);
  const http = parseProxy(read('http_proxy') ?? all);
  if (https === undefined && http === undefined) return undefined;
  const exceptions = (read('no_proxy') ?? '').split(/[\s,]+/).filter((one) => one !== '');
  return (url) => (exceptions.some((one) => matches(one.toLowerCase(), url)) ? undefined : url.protocol === 'https:' ? https : http);
}

function parseProxy(text: string | undefined): URL | undefined {
  if (text === undefined) return undefined;
  const url = text.includes('://') ? text : `http://${text}`;
  if (URL.canParse(url) && new URL(url).protocol === 'http:') return new URL(url);
  // The text may hold a password.
  throw new AcmeError('urlRefused', 'the proxy in the environment is not an http url', { hint: 'HTTPS_PROXY looks like http://proxy.example:3128' });
}

/** `*`, `host`, `.domain`, `*.domain`, `host:port`, an address; a name stands for the names below it, too. */
function matches(exception: string, url: URL): boolean {
  if (exception === '*') return true;
  // More than one colon and no brackets: an IPv6 address, not a port.
  const [, pattern = exception, port] = /^(\[.*\]|[^:]*):(\d+)$/.exec(exception) ?? [];
  if (port !== undefined && port !== (url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port)) return false;
  const name = pattern.replace(/^\*?\./, '').replace(/^\[|\]$/g, '');
  const host = url.hostname.toLowerCase().replace(/^\[|\]$/g, '');
  return name !== '' && (host === name || host.endsWith(`.${name}`));
}

/** Headers that introduce us to the proxy, where its URL has a user. */
export function proxyAuthorization(proxy: URL): Readonly<Record<string, string>> {
  if (proxy.username === '') return {};
  const credentials = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` };
}

type Opened = (error: Error | null, socket: Duplex) => void;

/** An agent whose connections are TLS through tunnels of `proxy`. */
export async function createTunnelAgent(proxy: URL, options: AgentOptions): Promise<HttpAgent> {
  const [https, http, tls] = await Promise.all([import('node:https'), import('node:http'), import('node:tls')]);
  const open = (target: RequestOptions, done: (error: Error | null, socket?: Duplex) => void) => {
    const host = target.host ?? '';
    const authority = `${host.includes(':') ? `[${host}]` : host}:${target.port ?? 443}`;
    const headers = { host: authority, ...proxyAuthorization(proxy) };
    const request = http.request({ method: 'CONNECT', ...addressOf(proxy), path: authority, headers, agent: false, timeout: tunnelTimeoutMs });
    request.once('timeout', () => request.destroy(new Error(`the proxy ${proxy.host} did not answer`)));
    request.once('error', (error) => done(error));
    request.once('connect', (response: IncomingMessage, socket: Socket) => {
      socket.setTimeout(0);
      if (response.statusCode === 200) return done(null, tls.connect({ ...(target as ConnectionOptions), socket }));
      socket.destroy();
      done(new Error(`the proxy ${proxy.host} refuses to connect to ${authority}: http status ${response.statusCode ?? 0}`));
    });
    request.end();
  };
  class TunnelAgent extends https.Agent {
    override createConnection(target: RequestOptions, done?: Opened): undefined {
      // Node asks for two arguments and passes one of them when there is an error.
      open(target, (done ?? (() => undefined)) as (error: Error | null, socket?: Duplex) => void);
    }
  }
  return new TunnelAgent(options);
}

/** Where the proxy listens. */
export function addressOf({ hostname, port }: URL): { readonly host: string; readonly port: number } {
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? 80 : Number(port) };
}
