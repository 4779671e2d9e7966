// Dynamic updates (RFC 2136) over TCP, signed with TSIG: adds and deletes single values of record sets.
import { systemClock, systemRandom } from '@certward/base';
import { type CallOptions, type DnsProvider, type DnsRecordType, type DnsRecordValue, formatServerAddress } from '@certward/engine';
import type { DnsProviderDependencies } from '../../definition.ts';
import { DnsProviderError } from '../../errors.ts';
import type { Rfc2136Credentials } from './definition.ts';
import { type Endpoint, exchange } from './exchange.ts';
import { decodeContent, encodeContent, typeCodeOf } from './record-content.ts';
import { classCodes, concatBytes, encodeName, encodeRecord, typeCodes, u16, type WireMessage } from './wire.ts';

/** Creates the provider. The server itself is asked for the zone of each name, so that a hidden primary works too. */
export function createRfc2136Provider(credentials: Rfc2136Credentials, dependencies: DnsProviderDependencies = {}): DnsProvider {
  return new Rfc2136Provider(credentials, dependencies);
}

class Rfc2136Provider implements DnsProvider {
  readonly name = 'rfc2136';
  /** Zone transfers to secondaries usually take seconds; two minutes cover a retry of one. */
  readonly propagationTimeoutSeconds = 120;
  readonly #endpoint: Endpoint;
  readonly #signQueries: boolean;

  constructor({ server, key, signQueries }: Rfc2136Credentials, { clock = systemClock, random = systemRandom }: DnsProviderDependencies) {
    this.#endpoint = { server, key, clock, random };
    this.#signQueries = signQueries;
  }

  /** The protocol cannot list zones. */
  listZones(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async readRecordSet(set: { readonly fqdn: string; readonly type: DnsRecordType }, options: CallOptions = {}): Promise<readonly string[]> {
    const answer = await this.#query(set.fqdn, typeCodeOf(set.type), options);
    if (answer.rcode !== 0 && answer.rcode !== 3) throw this.#refusal(answer.rcode, set.fqdn);
    const records = answer.records.filter(
      (record) => record.section === 'answer' && record.type === typeCodeOf(set.type) && record.class === classCodes.in && record.name === set.fqdn.toLowerCase(),
    );
    return records.map((record) => decodeContent(set.type, record, answer));
  }

  async addValue(record: DnsRecordValue, options: CallOptions = {}): Promise<null> {
    // §2.5.1: add to a record set. A value that is there already is left alone by the server.
    await this.#update(record, { class: classCodes.in, ttlSeconds: record.ttlSeconds }, options);
    return null;
  }

  async removeValue(record: DnsRecordValue, _handle: unknown, options: CallOptions = {}): Promise<void> {
    // §2.5.4: delete one record of a set. One that is absent is ignored by the server.
    await this.#update(record, { class: classCodes.none, ttlSeconds: 0 }, options);
  }

  hint(error: unknown): string | undefined {
    return error instanceof DnsProviderError ? error.hint : undefined;
  }

  async #update(record: DnsRecordValue, how: { readonly class: number; readonly ttlSeconds: number }, options: CallOptions): Promise<void> {
    options.signal?.throwIfAborted();
    const content = encodeContent(record.type, record.value);
    const zone = await this.#findZone(record.fqdn, options);
    const change = encodeRecord({ name: record.fqdn, type: typeCodeOf(record.type), ...how, content });
    // §2.2, §2.3: opcode 5, one zone, no prerequisites, one update.
    const body = concatBytes(u16(5 << 11), u16(1), u16(0), u16(1), u16(0), encodeName(zone), u16(typeCodes.soa), u16(classCodes.in), change);
    const answer = await exchange(body, this.#endpoint, { sign: true, signal: options.signal });
    if (answer.rcode !== 0) throw this.#refusal(answer.rcode, record.fqdn, zone);
  }

  /** The zone that the server has authority for around `fqdn`. An SOA question tells it, positive or negative. */
  async #findZone(fqdn: string, options: CallOptions): Promise<string> {
    // The first answer tells it, unless an alias or a server without negative SOA hides the zone: then the names above.
    for (let name = fqdn; name.includes('.'); name = name.slice(name.indexOf('.') + 1)) {
      const answer = await this.#query(name, typeCodes.soa, options);
      const soa = answer.records.find((record) => record.type === typeCodes.soa && record.section !== 'additional' && isAtOrAbove(record.name, name));
      if (soa !== undefined && answer.authoritative && (answer.rcode === 0 || answer.rcode === 3)) return soa.name;
    }
    throw new DnsProviderError('zoneNotServed', `${formatServerAddress(this.#endpoint.server)} is not authoritative for any zone around "${fqdn}"`, {
      hint: 'name the primary server of the zone in the credentials, and check that it answers queries from this machine (sign_query helps where views depend on the key)',
    });
  }

  #query(name: string, type: number, { signal }: CallOptions): Promise<WireMessage> {
    const body = concatBytes(u16(0), u16(1), u16(0), u16(0), u16(0), encodeName(name), u16(type), u16(classCodes.in));
    return exchange(body, this.#endpoint, { sign: this.#signQueries, signal });
  }

  #refusal(rcode: number, fqdn: string, zone?: string): DnsProviderError {
    const server = formatServerAddress(this.#endpoint.server);
    const place = zone === undefined ? `"${fqdn}"` : `"${fqdn}" in the zone "${zone}"`;
    const details = { server, fqdn, zone, rcode };
    switch (rcode) {
      case 5:
        return new DnsProviderError('accessDenied', `${server} refuses to change ${place} (REFUSED)`, {
          details,
          hint: `let the key "${this.#endpoint.key.name}" update it: allow-update or update-policy in BIND, an acl with action update in Knot`,
        });
      case 9:
        return new DnsProviderError('zoneNotServed', `${server} is not the primary of ${place} (NOTAUTH)`, {
          details,
          hint: 'name the primary server of the zone in the credentials',
        });
      case 10:
        return new DnsProviderError('zoneNotServed', `${server} says that ${place} is outside the zone (NOTZONE)`, { details });
      case 2:
        return new DnsProviderError('updateFailed', `${server} failed while changing ${place} (SERVFAIL)`, {
          details,
          hint: 'look into the log of the server: often it may not write its zone or journal file',
          retry: 'now',
        });
      default:
        return new DnsProviderError('updateFailed', `${server} answered ${rcodeNames.get(rcode) ?? `code ${rcode}`} for ${place}`, { details });
    }
  }
}

const rcodeNames: ReadonlyMap<number, string> = new Map([
  [1, 'FORMERR'],
  [4, 'NOTIMP'],
  [6, 'YXDOMAIN'],
  [7, 'YXRRSET'],
  [8, 'NXRRSET'],
]);

function isAtOrAbove(zone: string, fqdn: string): boolean {
  const name = fqdn.toLowerCase();
  return zone !== '' && (name === zone || name.endsWith(`.${zone}`));
}
