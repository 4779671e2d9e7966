// Where a record lives: its zone, all authoritative servers of the zone with all their addresses, and the name that a
// delegation (CNAME) leads to.
//
// Recursive resolvers are asked only for what exists: NS records from the top down, until the first zone below the
// top level, and addresses of name servers. Everything nearer to the challenge name is asked at authoritative servers.
// So no resolver ever caches that a challenge name does not exist, and none has to forget it before a CA looks.
import { mapConcurrent } from '@certward/base';
import { createDnsClient, type DnsClient } from './client.ts';
import { DnsError } from './errors.ts';
import type { DnsAnswer, DnsQuestion, DnsRecord } from './message.ts';
import { systemResolvers } from './resolvers.ts';
import { ancestors, dnsPort, formatServerAddress, isDnsName, isWithin, normaliseName, type ServerAddress } from './server-address.ts';
import { type NameServer, nameServersIn, type Placement, readPlacement, type Zone } from './zone.ts';

/** How a {@link DnsLookup} finds its way. */
export interface DnsLookupOptions {
  readonly client?: DnsClient;
  /** Recursive resolvers for the first steps, tried in turn. Default: those of /etc/resolv.conf. */
  readonly resolvers?: readonly ServerAddress[];
  /** Port of authoritative servers. Default 53. */
  readonly authoritativePort?: number;
  /** Fixed addresses of some name servers, by lower-case name; these names are then not resolved. */
  readonly nameServerAddresses?: ReadonlyMap<string, readonly ServerAddress[]>;
}

/** Where a challenge record must be written. */
export interface Delegation {
  /** The name after all aliases; equal to the asked one without any. */
  readonly fqdn: string;
  /** Every name on the way, the asked one first, `fqdn` last. */
  readonly chain: readonly string[];
  readonly zone: Zone;
}

/** Finds zones, servers and delegations. Remembers what it found: create one per run, not per program. */
export interface DnsLookup {
  /**
   * Follows the aliases of `fqdn` (at most eight) and finds the zone of the last name.
   *
   * @throws DnsError `delegationLoop`, `delegationTooDeep`, `delegationInvalid`, `zoneNotFound`, `resolversMissing`,
   * `resolversSilent`
   */
  followDelegation(fqdn: string, options?: { readonly signal?: AbortSignal | undefined }): Promise<Delegation>;
}

const mostAliases = 8;
/** No public name has more zone cuts above it than this. */
const mostReferrals = 16;

/** Creates a lookup. */
export function createDnsLookup(options: DnsLookupOptions = {}): DnsLookup {
  const lookup = new Lookup(options);
  return { followDelegation: (fqdn, { signal } = {}) => lookup.followDelegation(normaliseName(fqdn), signal) };
}

class Lookup {
  readonly #client: DnsClient;
  readonly #options: DnsLookupOptions;
  #resolvers: readonly ServerAddress[] | undefined;
  /** Zones met so far, with the servers as first heard of. */
  readonly #zones = new Map<string, Zone>();
  /** What was asked or is being asked: many names of one zone are looked up at the same time. */
  readonly #asked = new Map<string, Promise<unknown>>();
  /** Servers that gave nothing usable; they are asked last from then on. */
  readonly #useless = new Set<string>();

  constructor(options: DnsLookupOptions) {
    this.#options = options;
    this.#client = options.client ?? createDnsClient();
    this.#resolvers = options.resolvers;
  }

  async followDelegation(fqdn: string, signal?: AbortSignal): Promise<Delegation> {
    const chain = [fqdn];
    for (;;) {
      const name = chain.at(-1) ?? fqdn;
      const { placement, zone } = await this.#once(`place ${name}`, () => this.#place(name, signal));
      if (placement.kind === 'zone') {
        const own = placement.zone;
        return { fqdn: name, chain, zone: await this.#once(`complete ${own}`, () => this.#complete(zone, own, signal)) };
      }
      const { target } = placement;
      if (!isDnsName(target)) throw delegationError('delegationInvalid', chain, `leads to the unusable name "${target}"`);
      if (chain.includes(target)) throw delegationError('delegationLoop', chain, `leads back to "${target}"`);
      if (chain.length > mostAliases) throw delegationError('delegationTooDeep', chain, `has more than ${mostAliases} steps`);
      chain.push(target);
    }
  }

  /** Does the same work only once at a time, and never again after it succeeded. */
  #once<T>(key: string, work: () => Promise<T>): Promise<T> {
    const known = this.#asked.get(key) as Promise<T> | undefined;
    if (known !== undefined) return known;
    const started = work();
    this.#asked.set(key, started);
    started.catch(() => this.#asked.delete(key));
    return started;
  }

  /** Walks down from the nearest known zone until a server says where `name` belongs. */
  async #place(
    name: string,
    signal: AbortSignal | undefined,
  ): Promise<{ placement: Extract<Placement, { kind: 'alias' | 'zone' }>; zone: Zone }> {
    let zone = await this.#nearestZone(name, signal);
    for (let step = 0; step < mostReferrals; step++) {
      const placement = await this.#askZone(zone, { name, type: 'CNAME' }, (answer) => readPlacement(answer, name, zone.name), signal);
      if (placement.kind === 'alias' && (await this.#isWildcardAlias(name, placement.target, zone, signal))) {
        return { placement: { kind: 'zone', zone: await this.#zoneAround(name, zone, signal) }, zone };
      }
      if (placement.kind !== 'referral') return { placement, zone };
      zone = await this.#remember(placement.zone, placement.nameServers, placement.glue, signal);
    }
    throw new DnsError('zoneNotFound', `too many referrals on the way to "${name}"`);
  }

  /**
   * Whether the alias is made up from a wildcard (`* CNAME …`, common with hosters): then a name that nobody entered has
   * it too. It is no delegation, and gives way as soon as the name has a record of its own (RFC 4592 §2.2.1).
   */
  async #isWildcardAlias(name: string, target: string, zone: Zone, signal: AbortSignal | undefined): Promise<boolean> {
    const probe = `_certward-wildcard-probe.${name.slice(name.indexOf('.') + 1)}`;
    const placement = await this.#askZone(zone, { name: probe, type: 'CNAME' }, (answer) => readPlacement(answer, probe, zone.name), signal);
    return placement.kind === 'alias' && placement.target === target;
  }

  /** The zone around a name that is hidden under a wildcard, where the servers of `zone` may hold zones below it too. */
  async #zoneAround(name: string, zone: Zone, signal: AbortSignal | undefined): Promise<string> {
    for (const candidate of ancestors(name).slice(1)) {
      if (candidate === zone.name) break;
      const read = (answer: DnsAnswer) => ({ kind: 'soa' as const, soa: [...answer.answers, ...answer.authorities].find((record) => record.type === 'SOA' && isWithin(candidate, record.name)) });
      const { soa } = await this.#askZone(zone, { name: candidate, type: 'SOA' }, read, signal);
      if (soa !== undefined && isWithin(soa.name, zone.name)) return soa.name;
    }
    return zone.name;
  }

  /** The deepest zone above `name` that is known already, else the one that the resolvers know. */
  async #nearestZone(name: string, signal: AbortSignal | undefined): Promise<Zone> {
    const known = ancestors(name).find((ancestor) => this.#zones.has(ancestor));
    if (known !== undefined && known.includes('.')) return this.#zones.get(known) as Zone;
    // Names with an underscore are challenge names or their like: what may not exist yet is not asked of resolvers.
    const base = ancestors(name).find((ancestor) => !ancestor.startsWith('_')) ?? name;
    return this.#once(`first zone of ${base}`, () => this.#firstZone(base, signal));
  }

  /** From the top down, the first zone below the top level (or at it, where there is nothing below). */
  async #firstZone(name: string, signal: AbortSignal | undefined): Promise<Zone> {
    let found: Zone | undefined;
    for (const candidate of ancestors(name).reverse()) {
      const answer = await this.#once(`NS ${candidate}`, () => this.#askResolvers({ name: candidate, type: 'NS' }, signal));
      const names = nameServersIn(answer?.answers ?? [], candidate);
      if (names.length > 0) found = await this.#once(`servers ${candidate}`, () => this.#remember(candidate, names, answer?.additionals ?? [], signal));
      if (found !== undefined && (found.name.includes('.') || answer?.rcode === 'NXDOMAIN')) return found;
    }
    if (found !== undefined) return found;
    throw new DnsError('zoneNotFound', `no DNS zone found for "${name}"`, {
      hint: 'check that the domain is registered and that its name servers are reachable from here',
      retry: 'now',
    });
  }

  /** Adds to the zone what its own servers say about its name servers: parent and child often disagree. */
  async #complete(heardOf: Zone, name: string, signal: AbortSignal | undefined): Promise<Zone> {
    const own = await this.#askZone(
      heardOf,
      { name, type: 'NS' },
      (answer) => (answer.authoritative && answer.rcode === 'NOERROR' ? { kind: 'answer' as const, answer } : { kind: 'lame' as const, reason: answer.rcode }),
      signal,
    );
    const names = new Set(nameServersIn(own.answer.answers, name));
    const parentSide = this.#zones.get(name)?.servers ?? [];
    for (const server of parentSide) names.add(server.name);
    const glue = parentSide.flatMap((server) => server.addresses.map((address) => ({ server: server.name, address })));
    const servers = await this.#resolveServers([...names].sort(), own.answer.additionals, signal);
    const merged = servers.map((server) => ({
      name: server.name,
      addresses: uniqueAddresses([...server.addresses, ...glue.filter((one) => one.server === server.name).map((one) => one.address)]),
    }));
    const zone = { name, servers: merged };
    this.#zones.set(name, zone);
    return zone;
  }

  async #remember(name: string, nameServers: readonly string[], glue: readonly DnsRecord[], signal: AbortSignal | undefined): Promise<Zone> {
    const zone = { name, servers: await this.#resolveServers(nameServers, glue, signal) };
    this.#zones.set(name, zone);
    return zone;
  }

  #resolveServers(names: readonly string[], glue: readonly DnsRecord[], signal: AbortSignal | undefined): Promise<NameServer[]> {
    return mapConcurrent(names, 8, async (name) => ({ name, addresses: await this.#addressesOf(name, glue, signal) }), { signal });
  }

  async #addressesOf(name: string, glue: readonly DnsRecord[], signal: AbortSignal | undefined): Promise<ServerAddress[]> {
    const fixed = this.#options.nameServerAddresses?.get(name);
    if (fixed !== undefined) return [...fixed];
    const resolved = await mapConcurrent(['A', 'AAAA'] as const, 2, async (type) => (await this.#once(`${type} ${name}`, () => this.#askForAddresses({ name, type }, signal)))?.answers ?? [], { signal });
    const port = this.#options.authoritativePort ?? dnsPort;
    const fromGlue = glue.filter((record) => record.name === name);
    // The owner may differ from the asked name: name servers behind an alias are wrong (RFC 2181 §10.3) but do exist.
    const hosts = [...resolved.flat(), ...fromGlue].flatMap((record) => (record.type === 'A' || record.type === 'AAAA' ? [record.address] : []));
    return uniqueAddresses(hosts.slice(0, 32).map((host) => ({ host, port })));
  }

  /** Silent resolvers cost some addresses, not the whole search: there may be glue. */
  async #askForAddresses(question: DnsQuestion, signal: AbortSignal | undefined): Promise<DnsAnswer | undefined> {
    try {
      return await this.#askResolvers(question, signal);
    } catch (error) {
      if (error instanceof DnsError && error.code === 'resolversSilent') return undefined;
      throw error;
    }
  }

  /**
   * The first usable recursive answer; undefined when all that came are errors.
   * Throws `resolversSilent` when nothing came at all: then no other question has better prospects.
   */
  async #askResolvers(question: DnsQuestion, signal: AbortSignal | undefined): Promise<DnsAnswer | undefined> {
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
  async #askZone<T extends { readonly kind: string }>(
    zone: Zone,
    question: DnsQuestion,
    read: (answer: DnsAnswer) => T | { readonly kind: 'lame'; readonly reason: string },
    signal: AbortSignal | undefined,
  ): Promise<Exclude<T, { readonly kind: 'lame' }>> {
    const tried: string[] = [];
    for (const address of this.#inOrder(zone.servers.flatMap((server) => server.addresses))) {
      const answer = await this.#tryAsk(address, question, { recursive: false, signal });
      const result = answer === undefined ? { kind: 'lame' as const, reason: 'no answer' } : read(answer);
      if (result.kind !== 'lame') return result as Exclude<T, { readonly kind: 'lame' }>;
      this.#useless.add(formatServerAddress(address));
      tried.push(`${formatServerAddress(address)}: ${(result as { reason: string }).reason}`);
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

function uniqueAddresses(addresses: readonly ServerAddress[]): ServerAddress[] {
  return [...new Map(addresses.map((address) => [formatServerAddress(address), address])).values()];
}

function delegationError(code: 'delegationInvalid' | 'delegationLoop' | 'delegationTooDeep', chain: readonly string[], what: string): DnsError {
  return new DnsError(code, `the delegation of "${chain[0] ?? ''}" ${what}`, {
    details: { chain },
    hint: `correct the CNAME records on the way: ${chain.join(' -> ')}`,
  });
}
