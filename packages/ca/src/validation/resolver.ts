// Name resolution for validation: addresses, TXT and CAA records, following CNAMEs. Servers and fixed addresses are
// configurable; without them the machine's own settings are used.
import { getServers } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Random } from '@certward/base';
import { CaError } from '../errors.ts';
import { Problem } from '../problem.ts';
import { createDnsClient, type DnsAnswer, type DnsQuery, type DnsServer, type DnsType, normalise } from './dns-client.ts';

/** A CAA property (RFC 8659 §4.1). */
export interface CaaProperty {
  readonly isCritical: boolean;
  readonly tag: string;
  readonly value: string;
}

/** What validation asks of DNS. All throw a `dns` problem where there is no answer. */
export interface Resolver {
  /** Addresses of a name, IPv6 first; never empty. */
  addresses(name: string, options: ResolveOptions): Promise<readonly string[]>;
  /** TXT values of a name, the strings of each record joined; empty where there are none. */
  txt(name: string, options: ResolveOptions): Promise<readonly string[]>;
  /** CAA properties at exactly this name (or its CNAME target); empty where there are none. */
  caa(name: string, options: ResolveOptions): Promise<readonly CaaProperty[]>;
}

/** Options of every lookup. */
export interface ResolveOptions {
  readonly signal?: AbortSignal;
}

/** Where names are looked up. */
export interface ResolverOptions {
  /** `address`, `address:port` or `[address]:port`. Default: the machine's servers, and its own lookup for addresses. */
  readonly dnsServers?: readonly string[] | undefined;
  /** Fixed addresses by name, asked before DNS. `*` stands for every name not listed. */
  readonly hosts?: Readonly<Record<string, readonly string[]>> | undefined;
  readonly timeoutMs?: number | undefined;
  readonly random?: Random | undefined;
}

/** Longer CNAME chains are a loop or a joke. */
const maxCnames = 10;

/** A resolver by these options. Throws `addressInvalid` for a server that is no address. */
export function createResolver({ dnsServers, hosts = {}, random, timeoutMs }: ResolverOptions = {}): Resolver {
  const query = createDnsClient({
    servers: (dnsServers ?? getServers()).map(parseServer),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(random === undefined ? {} : { random }),
  });
  const fixed = new Map(Object.entries(hosts).map(([name, addresses]) => [normalise(name), addresses]));
  return {
    addresses: async (name, options) => {
      const known = fixed.get(normalise(name)) ?? fixed.get('*');
      const found = known ?? (dnsServers === undefined ? await lookupAddresses(name) : await queryAddresses(query, { name, ...options }));
      if (found.length === 0) throw new Problem('dns', `no valid A or AAAA records found for "${name}"`);
      return sortAddresses(found);
    },
    txt: async (name, options) => (await follow(query, { name, type: 'TXT', ...options })).flatMap(joinTxt),
    caa: async (name, options) => (await follow(query, { name, type: 'CAA', ...options })).flatMap(toCaa),
  };
}

/** Reads `address`, `address:port` or `[address]:port`. */
export function parseServer(text: string): DnsServer {
  const [, bracketed, plain = text, port = '53'] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const address = bracketed ?? plain;
  if (isIP(address) === 0 || Number(port) > 65_535) {
    throw new CaError('addressInvalid', `"${text}" is not the address of a DNS server`, { hint: 'write 192.0.2.1, 192.0.2.1:53 or [2001:db8::1]:53' });
  }
  return { address, port: Number(port) };
}

/** RFC 8555 leaves the choice; public CAs try IPv6 first. */
function sortAddresses(addresses: readonly string[]): readonly string[] {
  return [...addresses.filter((address) => isIP(address) === 6), ...addresses.filter((address) => isIP(address) === 4)];
}

async function lookupAddresses(name: string): Promise<readonly string[]> {
  try {
    return (await lookup(name, { all: true })).map(({ address }) => address);
  } catch (error) {
    throw new Problem('dns', `looking up the addresses of "${name}" failed`, { cause: error });
  }
}

async function queryAddresses(query: DnsQuery, options: { readonly name: string } & ResolveOptions): Promise<readonly string[]> {
  const answers = await Promise.all([follow(query, { ...options, type: 'AAAA' }), follow(query, { ...options, type: 'A' })]);
  return answers.flat().filter((data): data is string => typeof data === 'string' && isIP(data) !== 0);
}

/** The data of all records of a type at the end of the CNAME chain. */
async function follow(query: DnsQuery, { name, signal, type }: { readonly name: string; readonly type: DnsType } & ResolveOptions): Promise<unknown[]> {
  let current = normalise(name);
  let answer = await query(current, type, signal === undefined ? {} : { signal });
  for (let hops = 0; hops <= maxCnames; hops++) {
    const found = recordsAt(answer, current, type);
    if (found.length > 0) return found;
    const target = recordsAt(answer, current, 'CNAME').find((data) => typeof data === 'string');
    if (target === undefined) return [];
    current = normalise(target);
    // A recursive server has the rest in the same answer; an authoritative one has to be asked again.
    const isIncluded = answer.records.some((record) => record.name === current);
    if (!isIncluded && !answer.isNameUnknown) answer = await query(current, type, signal === undefined ? {} : { signal });
  }
  throw new Problem('dns', `too many CNAME records from "${name}" on`);
}

function recordsAt(answer: DnsAnswer, name: string, type: DnsType): unknown[] {
  return answer.records.filter((record) => record.name === name && record.type === type).map(({ data }) => data);
}

/** A TXT record is a list of strings of up to 255 octets, to be joined (RFC 8555 §8.4 values fit one; others do not). */
function joinTxt(data: unknown): string[] {
  const parts = Array.isArray(data) ? (data as unknown[]) : [data];
  return [parts.map((part) => (part instanceof Uint8Array ? Buffer.from(part).toString('utf8') : String(part))).join('')];
}

function toCaa(data: unknown): CaaProperty[] {
  if (typeof data !== 'object' || data === null || !('tag' in data) || !('value' in data)) return [];
  const { tag, value } = data;
  if (typeof tag !== 'string' || typeof value !== 'string') return [];
  const isCritical = 'issuerCritical' in data && data.issuerCritical === true;
  return [{ isCritical, tag: tag.toLowerCase(), value }];
}
