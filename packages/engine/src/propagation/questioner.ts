// Asks name servers on behalf of a lookup: recursive resolvers, the servers of a zone one after the other, and the
// addresses of name servers. Remembers answers and which servers were of no use; knows nothing of delegation.
import { mapConcurrent } from '@certward/base';
import { createDnsClient, type DnsClient } from './client.ts';
import { DnsError } from './errors.ts';
import type { DnsAnswer, DnsQuestion, DnsRecord } from './message.ts';
import { systemResolvers } from './resolvers.ts';
import { dnsPort, formatServerAddress, type ServerAddress } from './server-address.ts';
import type { NameServer, Zone } from './zone.ts';

/** How a lookup asks and whom. */
export interface DnsLookupOptions {
  readonly client?: DnsClient;
  /** Recursive resolvers for the first steps, tried in turn. Default: those of /etc/resolv.conf. */
  readonly resolvers?: readonly ServerAddress[];
  /** Port of authoritative servers. Default 53. */
  readonly authoritativePort?: number;
  /** Fixed addresses of some name servers, by lower-case name; these names are then not resolved. */
  readonly nameServerAddresses?: ReadonlyMap<string, readonly ServerAddress[]>;
}

/** What a server said that is of no use. */
export interface Lame {
  readonly kind: 'lame';
  readonly reason: string;
}

/** Asks, and remembers for the length of one lookup. */
export class Questioner {
  readonly #client: DnsClient;
  readonly #options: DnsLookupOptions;
  #resolvers: readonly ServerAddress[] | undefined;
  /** What was asked or is being asked: many names of one zone are looked up at the same time. */
  readonly #asked = new Map<string, Promise<unknown>>();
  /** Servers that gave nothing usable; they are asked last from then on. */
  readonly #useless = new Set<string>();

  constructor(options: DnsLookupOptions) {
    this.#options = options;
    this.#client = options.client ?? createDnsClient();
    this.#resolvers = options.resolvers;
  }

  /** Does the same work only once at a time, and never again after it succeeded. */
  once<T>(key: string, work: () => Promise<T>): Promise<T> {
    const known = this.#asked.get(key) as Promise<T> | undefined;
    if (known !== undefined) return known;
    const started = work();
    this.#asked.set(key, started);
    started.catch(() => this.#asked.delete(key));
    return started;
  }

  /** Name servers with all their addresses, from resolvers and from glue; no addresses where there are none. */
  resolveServers(names: readonly string[], glue: readonly DnsRecord[], signal: AbortSignal | undefined): Promise<NameServer[]> {
    return mapConcurrent(names, 8, async (name) => ({ name, addresses: await this.#addressesOf(name, glue, signal) }), { signal });
  }

  async #addressesOf(name: string, glue: readonly DnsRecord[], signal: AbortSignal | undefined): Promise<ServerAddress[]> {
    const fixed = this.#options.nameServerAddresses?.get(name);
    if (fixed !== undefined) return [...fixed];
    const resolved = await mapConcurrent(['A', 'AAAA'] as const, 2, async (type) => (await this.once(`${type} ${name}`, () => this.#askForAddresses({ name, type }, signal)))?.answers ?? [], { signal });
    const port = this.#options.authoritativePort ?? dnsPort;
    const fromGlue = glue.filter((record) => record.name === name);
    // The owner may differ from the asked name: name servers behind an alias are wrong (RFC 2181 §10.3) but do exist.
    const hosts = [...resolved.flat(), ...fromGlue].flatMap((record) => (record.type === 'A' || record.type === 'AAAA' ? [record.address] : []));
    return uniqueAddresses(hosts.slice(0, 32).map((host) => ({ host, port })));
  }

  /** Silent resolvers cost some addresses, not the whole search: there may be glue. */
  async #askForAddresses(question: DnsQuestion, signal: AbortSignal | undefined): Promise<DnsAnswer | undefined> {
    try {
      return await this.askResolvers(question, signal);
    } catch (error) {
      if (error instanceof DnsError && error.code === 'resolversSilent') return undefined;
      throw error;
    }
  }

  /**
   * The first usable recursive answer; undefined when all that came are errors.
   * Throws `resolversSilent` when nothing came at all: then no other question has better prospects.
   */
  async askResolvers(question: DnsQuestion, signal: AbortSignal | undefined): Promise<DnsAnswer | undefined> {
    this.#resolvers ??= await systemResolvers();
    let isAnybodyThere = false;
    for (const resolver of this.#inOrder(this.#resolvers)) {
      const answer = await this.#tryAsk(resolver, question, { recursive: true, signal });
      if (answer?.rcode === 'NOERROR' || answer?.rcode === 'NXDOMAIN') return answer;
      if (answer === undefined) this.#useless.add(formatServerAddress(resolver));
      else isAnybodyThere = true;
    }
    if (isAnybodyThere) return undefined;
    const names = this.#resolvers.map((resolver) => formatServerAddress(resolver)).join(', ');
    throw new DnsError('resolversSilent', `none of the DNS resolvers answers: ${names}`, { hint: 'check the network, and the resolvers of this machine', retry: 'now' });
  }

  /** Asks the servers of a zone one after the other until `read` makes something of an answer. */
  async askZone<T extends { readonly kind: string }>(
    zone: Zone,
    question: DnsQuestion,
    read: (answer: DnsAnswer) => T | Lame,
    signal: AbortSignal | undefined,
  ): Promise<Exclude<T, Lame>> {
    const tried: string[] = [];
    for (const address of this.#inOrder(zone.servers.flatMap((server) => server.addresses))) {
      const answer = await this.#tryAsk(address, question, { recursive: false, signal });
      const result = answer === undefined ? { kind: 'lame' as const, reason: 'no answer' } : read(answer);
      if (result.kind !== 'lame') return result as Exclude<T, Lame>;
      this.#useless.add(formatServerAddress(address));
      tried.push(`${formatServerAddress(address)}: ${(result as Lame).reason}`);
    }
    throw new DnsError('zoneNotFound', `no name server of "${zone.name}" answers for "${question.name}"`, {
      details: { zone: zone.name, nameServers: zone.servers.map((server) => server.name), tried },
      hint: `check the name servers of "${zone.name}", and that outgoing UDP and TCP to port 53 are allowed${tried.length > 0 ? ` (${tried.slice(0, 4).join(', ')})` : ''}`,
      retry: 'now',
    });
  }

  /** Useless servers last. */
  #inOrder(addresses: readonly ServerAddress[]): ServerAddress[] {
    const rank = (address: ServerAddress) => (this.#useless.has(formatServerAddress(address)) ? 1 : 0);
    return addresses.toSorted((a, b) => rank(a) - rank(b));
  }

  async #tryAsk(
    server: ServerAddress,
    question: DnsQuestion,
    options: { readonly recursive: boolean; readonly signal: AbortSignal | undefined },
  ): Promise<DnsAnswer | undefined> {
    try {
      return await this.#client.ask(server, question, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (error instanceof DnsError) return undefined;
      throw error;
    }
  }
}

/** Each address once. */
export function uniqueAddresses(addresses: readonly ServerAddress[]): ServerAddress[] {
  return [...new Map(addresses.map((address) => [formatServerAddress(address), address])).values()];
}
