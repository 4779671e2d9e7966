// What the DNS authenticator journals about one TXT value: enough to remove it in another process, after a crash.
import { DnsError } from '../propagation/errors.ts';
import { isDnsName } from '../propagation/server-address.ts';
import type { DnsRecordValue, Json } from '../ports.ts';

/** One TXT value that is or may be in DNS. */
export interface DnsPresentation {
  readonly record: DnsRecordValue;
  /** What the provider returned when it added the value; undefined until then. */
  readonly providerHandle: Json | undefined;
}

/** Prints a presentation as plain JSON. */
export function dnsHandle({ record, providerHandle }: DnsPresentation): Json {
  const { zone, fqdn, value, ttlSeconds } = record;
  return { zone, fqdn, value, ttlSeconds, ...(providerHandle === undefined ? {} : { providerHandle }) };
}

/**
 * Reads back what {@link dnsHandle} printed; the journal is a file that somebody may have edited.
 *
 * @throws DnsError `presentationInvalid`
 */
export function parseDnsHandle(handle: Json): DnsPresentation {
  const fields = typeof handle === 'object' && handle !== null && !Array.isArray(handle) ? (handle as { readonly [key: string]: Json }) : {};
  const { zone, fqdn, value, ttlSeconds, providerHandle } = fields;
  if (typeof zone !== 'string' || typeof fqdn !== 'string' || typeof value !== 'string' || typeof ttlSeconds !== 'number') throw invalid();
  if (!isDnsName(zone) || !isDnsName(fqdn)) throw invalid();
  return { record: { zone, fqdn, type: 'TXT', value, ttlSeconds }, providerHandle };
}

function invalid(): DnsError {
  return new DnsError('presentationInvalid', 'the journal describes a DNS record in a way that cannot be read');
}
