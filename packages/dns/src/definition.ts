// What a DNS provider tells about itself: its name, its credentials as a schema, and how to make one.
// Flags, INI keys, help and forms derive from this; adding a provider means writing one definition.
import type { Clock, Log, Random } from '@certward/base';
import type { DnsProvider } from '@certward/engine';

/** One entry of a provider's credentials. */
export interface CredentialField {
  /** The part of the INI key after `dns_<provider>_`. */
  readonly key: string;
  /** What it is, as a noun phrase for help texts and error messages. */
  readonly label: string;
  /** Whether it must be given. */
  readonly required: boolean;
  /** Whether it must never be shown. */
  readonly secret: boolean;
  /** What holds when it is absent. */
  readonly fallback?: string;
}

/** What providers take from the program. */
export interface DnsProviderDependencies {
  readonly clock?: Clock;
  readonly random?: Random;
  readonly log?: Log;
}

/** A kind of DNS provider. */
export interface DnsProviderDefinition {
  /** As in `dns-<name>` and `dns_<name>_…`. */
  readonly name: string;
  readonly title: string;
  readonly credentials: readonly CredentialField[];
  /** What Certbot's plugin waits; the default of the fixed wait where a user asks for one. */
  readonly certbotPropagationSeconds: number;
  /**
   * Makes a provider from the entries of a credentials file, keys as in the file (`dns_rfc2136_server`).
   *
   * @throws DnsProviderError `credentialsMissing`, `credentialsInvalid`
   */
  create(values: ReadonlyMap<string, string>, dependencies?: DnsProviderDependencies): DnsProvider;
}
