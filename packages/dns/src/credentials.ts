// Reads the entries of a credentials file against a provider's schema.
import type { CredentialField } from './definition.ts';
import { DnsProviderError } from './errors.ts';

/** The value of each field by its short key, defaults filled in. */
export type Credentials = ReadonlyMap<string, string>;

/**
 * Picks the fields of `provider` out of `values`, whose keys carry the provider's prefix. Foreign keys are ignored:
 * one file may hold the credentials of several providers.
 *
 * @throws DnsProviderError `credentialsMissing` naming every absent field at once
 */
export function readCredentials(
  values: ReadonlyMap<string, string>,
  schema: { readonly provider: string; readonly fields: readonly CredentialField[] },
): Credentials {
  const prefix = `dns_${schema.provider}_`;
  const found = new Map<string, string>();
  const missing: string[] = [];
  for (const { key, label, required, fallback } of schema.fields) {
    const value = values.get(prefix + key)?.trim() ?? '';
    if (value !== '') found.set(key, value);
    else if (fallback !== undefined) found.set(key, fallback);
    else if (required) missing.push(`property "${prefix}${key}" not found (should be the ${label})`);
  }
  if (missing.length === 0) return found;
  throw new DnsProviderError('credentialsMissing', `missing ${missing.length === 1 ? 'property' : 'properties'} in the credentials: ${missing.join(', ')}`, {
    details: { provider: schema.provider },
    hint: `add ${missing.length === 1 ? 'it' : 'them'} to the credentials file`,
  });
}
