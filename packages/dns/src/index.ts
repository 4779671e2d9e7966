// DNS providers. Only the registry is loaded with this module; a provider's code comes when it is asked for.

// registry
export type { CredentialField, DnsProviderDefinition, DnsProviderDependencies } from './definition.ts';
export { DnsProviderError, type DnsProviderErrorCode } from './errors.ts';
export { dnsProviderNames, type DnsProviderName, loadDnsProvider } from './registry.ts';
