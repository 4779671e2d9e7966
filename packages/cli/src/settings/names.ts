// The identifiers that a run asks for: -d, --ip-address, the keys of --webroot-map.
import { type Identifier, identifierKey, parseDnsName, parseIpAddress } from '@certward/pki';
import type { Values } from '../args/table.ts';
import { parseWebrootMap } from './webroots.ts';

/** The requested identifiers in the order given, each once. Throws `nameInvalid` before anything else happens. */
export function requestedIdentifiers(values: Pick<Values, 'domains' | 'ipAddresses' | 'webrootMap'>): readonly Identifier[] {
  const domains = [...splitList(values.domains), ...parseWebrootMap(values.webrootMap).keys()];
  const identifiers = [
    ...domains.map((name): Identifier => ({ type: 'dns', value: parseDnsName(name) })),
    ...splitList(values.ipAddresses).map(parseIpAddress),
  ];
  return [...new Map(identifiers.map((one) => [identifierKey(one), one])).values()];
}

/** Values of a repeatable, comma-separated option; `a,,b` keeps the empty name, so that it is refused and not lost. */
export function splitList(values: readonly string[]): readonly string[] {
  return values.flatMap((value) => value.split(',').map((part) => part.trim()));
}

/** Names for sentences: `a`, `a and b`, `a and 2 more domains`. */
export function summarizeNames(identifiers: readonly Identifier[]): string {
  const [first, second] = identifiers;
  if (first === undefined) return 'no names';
  if (second === undefined) return first.value;
  if (identifiers.length === 2) return `${first.value} and ${second.value}`;
  return `${first.value} and ${identifiers.length - 1} more domains`;
}

/** What a lineage is called after: the first name without its wildcard. */
export function lineageNameFor(identifiers: readonly Identifier[]): string {
  const first = identifiers.find(({ value }) => !value.startsWith('*.')) ?? identifiers[0];
  return first?.value.replace(/^\*\./, '') ?? '';
}
