// Runs Pebble's companion: a name server whose answers a test sets over HTTP. Its own HTTP-01 and TLS-ALPN-01 responders
// stay off, because those ports belong to what is tested.
import { TestbedError } from '../errors.ts';
import { callHttp } from '../http-call.ts';
import { findBinary } from '../binaries.ts';
import { freePorts } from '../ports.ts';
import { type RunningProcess, startProcess } from '../process.ts';
import type { PebbleVersion } from './config.ts';

/** How {@link startChalltestsrv} starts. */
export interface ChalltestsrvOptions {
  /** Which release's companion. Default 2.10. */
  readonly version?: PebbleVersion;
  /** Address that every unknown name resolves to. Default 127.0.0.1; empty for none. */
  readonly defaultIpv4?: string;
  /** The same for AAAA. Default empty: none. */
  readonly defaultIpv6?: string;
  readonly signal?: AbortSignal | undefined;
}

/** A name server under the control of a test. Names are given without a final dot. */
export interface Challtestsrv extends AsyncDisposable {
  /** `host:port` of the name server, UDP and TCP. */
  readonly dnsServer: string;
  readonly process: RunningProcess;
  /** Adds one value to the TXT set of a name. */
  addTxt(host: string, value: string): Promise<void>;
  /** Removes the whole TXT set of a name: the server knows no smaller step. */
  clearTxt(host: string): Promise<void>;
  setA(host: string, addresses: readonly string[]): Promise<void>;
  setAaaa(host: string, addresses: readonly string[]): Promise<void>;
  /** One level only: the server does not follow chains. */
  setCname(host: string, target: string): Promise<void>;
  clearCname(host: string): Promise<void>;
  /** Every question about the name is answered SERVFAIL. */
  setServerFailure(host: string): Promise<void>;
  clearServerFailure(host: string): Promise<void>;
  /** Questions that were asked about a name so far. */
  questions(host: string): Promise<readonly unknown[]>;
}

/** Starts the name server on free ports. */
export async function startChalltestsrv(options: ChalltestsrvOptions = {}): Promise<Challtestsrv> {
  const { version = '2.10', defaultIpv4 = '127.0.0.1', defaultIpv6 = '' } = options;
  const [dnsPort = 0, managementPort = 0] = await freePorts(2);
  const dnsServer = `127.0.0.1:${dnsPort}`;
  const management = `127.0.0.1:${managementPort}`;
  // 2.10 renamed the flag and added a DNS-over-HTTPS listener, which is on unless told otherwise.
  const dnsFlags = version === '2.10' ? ['-dnsserver', dnsServer, '-doh='] : ['-dns01', dnsServer];
  const quiet = ['-http01', '', '-https01', '', '-tlsalpn01', ''];
  const server = await startProcess({
    name: 'pebble-challtestsrv',
    command: findBinary(version === '2.4' ? 'pebble-challtestsrv' : `pebble-challtestsrv-${version}`),
    args: ['-defaultIPv4', defaultIpv4, '-defaultIPv6', defaultIpv6, ...dnsFlags, ...quiet, '-management', management],
    ready: async () => (await callHttp(`http://${management}/`)).status > 0,
    signal: options.signal,
  });
  const post = async (path: string, body: unknown): Promise<string> => {
    const answer = await callHttp(`http://${management}/${path}`, { body: JSON.stringify(body) });
    if (answer.status === 200) return answer.text;
    throw new TestbedError('peerRefused', `pebble-challtestsrv answered ${answer.status} to "${path}": ${answer.text}`);
  };
  const tell = async (path: string, body: unknown): Promise<void> => void (await post(path, body));
  return {
    dnsServer,
    process: server,
    addTxt: (host, value) => tell('set-txt', { host: absolute(host), value }),
    clearTxt: (host) => tell('clear-txt', { host: absolute(host) }),
    setA: (host, addresses) => tell('add-a', { host, addresses }),
    setAaaa: (host, addresses) => tell('add-aaaa', { host, addresses }),
    setCname: (host, target) => tell('set-cname', { host, target }),
    clearCname: (host) => tell('clear-cname', { host }),
    setServerFailure: (host) => tell('set-servfail', { host }),
    clearServerFailure: (host) => tell('clear-servfail', { host }),
    questions: async (host) => JSON.parse(await post('dns-request-history', { host })) as readonly unknown[],
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** TXT names are kept as they are asked: with the final dot. */
function absolute(host: string): string {
  return host.endsWith('.') ? host : `${host}.`;
}
