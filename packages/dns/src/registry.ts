// The providers by name. Each is a module of its own that is loaded when it is first asked for, so that start-up does
// not pay for providers nobody uses.
import type { DnsProviderDefinition } from './definition.ts';
import { DnsProviderError } from './errors.ts';

const loaders = {
  rfc2136: async () => (await import('./providers/rfc2136/definition.ts')).rfc2136,
} satisfies Record<string, () => Promise<DnsProviderDefinition>>;

/** The name of a provider. */
export type DnsProviderName = keyof typeof loaders;

/** All provider names, sorted. */
export const dnsProviderNames: readonly DnsProviderName[] = Object.keys(loaders).sort() as DnsProviderName[];

/**
 * Loads one provider's definition.
 *
 * @throws DnsProviderError `providerUnknown`
 */
export async function loadDnsProvider(name: string): Promise<DnsProviderDefinition> {
  const load = Object.hasOwn(loaders, name) ? loaders[name as DnsProviderName] : undefined;
  if (load === undefined) {
    throw new DnsProviderError('providerUnknown', `there is no DNS provider "${name}"`, { hint: `known are: ${dnsProviderNames.join(', ')}` });
  }
  return load();
}
