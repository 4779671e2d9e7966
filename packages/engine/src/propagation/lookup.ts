// Where a record lives: its zone, all authoritative servers of the zone with all their addresses, and the name that a
// delegation (CNAME) leads to.
//
// Recursive resolvers are asked only for what exists: NS records from the top down, until the first zone below the
// top level, and addresses of name servers. Everything nearer to the challenge name is asked at authoritative servers.
// So no resolver ever caches that a challenge name does not exist, and none has to forget it before a CA looks.
import { DnsError } from './errors.ts';
import type { DnsAnswer, DnsRecord } from './message.ts';
import { type DnsLookupOptions, Questioner, uniqueAddresses } from './questioner.ts';
import { ancestors, isDnsName, isWithin, normaliseName } from './server-address.ts';
import { nameServersIn, type Placement, readPlacement, type Zone } from './zone.ts';

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
  readonly #questioner: Questioner;
  /** Zones met so far, with the servers as first heard of. */
  readonly #zones = new Map<string, Zone>();

  constructor(options: DnsLookupOptions) {
    this.#questioner = new Questioner(options);
  }

  async followDelegation(fqdn: string, signal?: AbortSignal): Promise<Delegation> {
    const chain = [fqdn];
    for (;;) {
      const name = chain.at(-1) ?? fqdn;
      const { placement, zone } = await this.#questioner.once(`place ${name}`, () => this.#place(name, signal));
      if (placement.kind === 'zone') {
        const own = placement.zone;
        return { fqdn: name, chain, zone: await this.#questioner.once(`complete ${own}`, () => this.#complete(zone, own, signal)) };
      }
      const { target } = placement;
      if (!isDnsName(target)) throw delegationError('delegationInvalid', chain, `leads to the unusable name "${target}"`);
      if (chain.includes(target)) throw delegationError('delegationLoop', chain, `leads back to "${target}"`);
      if (chain.length > mostAliases) throw delegationError('delegationTooDeep', chain, `has more than ${mostAliases} steps`);
      chain.push(target);
    }
  }

  /** Walks down from the nearest known zone until a server says where `name` belongs. */
  async #place(
    name: string,
    signal: AbortSignal | undefined,
  ): Promise<{ placement: Extract<Placement, { kind: 'alias' | 'zone' }>; zone: Zone }> {
    let zone = await this.#nearestZone(name, signal);
    for (let step = 0; step < mostReferrals; step++) {
      const placement = await this.#questioner.askZone(zone, { name, type: 'CNAME' }, (answer) => readPlacement(answer, name, zone.name), signal);
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
    const placement = await this.#questioner.askZone(zone, { name: probe, type: 'CNAME' }, (answer) => readPlacement(answer, probe, zone.name), signal);
    return placement.kind === 'alias' && placement.target === target;
  }

  /** The zone around a name that is hidden under a wildcard, where the servers of `zone` may hold zones below it too. */
  async #zoneAround(name: string, zone: Zone, signal: AbortSignal | undefined): Promise<string> {
    for (const candidate of ancestors(name).slice(1)) {
      if (candidate === zone.name) break;
      const read = (answer: DnsAnswer) => ({ kind: 'soa' as const, soa: [...answer.answers, ...answer.authorities].find((record) => record.type === 'SOA' && isWithin(candidate, record.name)) });
      const { soa } = await this.#questioner.askZone(zone, { name: candidate, type: 'SOA' }, read, signal);
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
    return this.#questioner.once(`first zone of ${base}`, () => this.#firstZone(base, signal));
  }

  /** From the top down, the first zone below the top level (or at it, where there is nothing below). */
  async #firstZone(name: string, signal: AbortSignal | undefined): Promise<Zone> {
    let found: Zone | undefined;
    for (const candidate of ancestors(name).reverse()) {
      const answer = await this.#questioner.once(`NS ${candidate}`, () => this.#questioner.askResolvers({ name: candidate, type: 'NS' }, signal));
      const names = nameServersIn(answer?.answers ?? [], candidate);
      if (names.length > 0) found = await this.#questioner.once(`servers ${candidate}`, () => this.#remember(candidate, names, answer?.additionals ?? [], signal));
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
    const own = await this.#questioner.askZone(
      heardOf,
      { name, type: 'NS' },
      (answer) => (answer.authoritative && answer.rcode === 'NOERROR' ? { kind: 'answer' as const, answer } : { kind: 'lame' as const, reason: answer.rcode }),
      signal,
    );
    const names = new Set(nameServersIn(own.answer.answers, name));
    const parentSide = this.#zones.get(name)?.servers ?? [];
    for (const server of parentSide) names.add(server.name);
    const glue = parentSide.flatMap((server) => server.addresses.map((address) => ({ server: server.name, address })));
    const servers = await this.#questioner.resolveServers([...names].sort(), own.answer.additionals, signal);
    const merged = servers.map((server) => ({
      name: server.name,
      addresses: uniqueAddresses([...server.addresses, ...glue.filter((one) => one.server === server.name).map((one) => one.address)]),
    }));
    const zone = { name, servers: merged };
    this.#zones.set(name, zone);
    return zone;
  }

  async #remember(name: string, nameServers: readonly string[], glue: readonly DnsRecord[], signal: AbortSignal | undefined): Promise<Zone> {
    const zone = { name, servers: await this.#questioner.resolveServers(nameServers, glue, signal) };
    this.#zones.set(name, zone);
    return zone;
  }
}

function delegationError(code: 'delegationInvalid' | 'delegationLoop' | 'delegationTooDeep', chain: readonly string[], what: string): DnsError {
  return new DnsError(code, `the delegation of "${chain[0] ?? ''}" ${what}`, {
    details: { chain },
    hint: `correct the CNAME records on the way: ${chain.join(' -> ')}`,
  });
}
