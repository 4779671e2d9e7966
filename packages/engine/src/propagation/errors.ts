// The errors of everything that asks DNS. What a name server said is data in `details`, never pasted into a command or path.
import { AppError, type AppErrorOptions } from '@certward/base';
import type { ServerAddress } from './server-address.ts';

/** Codes of {@link DnsError}. */
export type DnsErrorCode =
  | 'serverAddressInvalid'
  | 'dnsMessageMalformed'
  | 'dnsServerUnreachable'
  | 'dnsServerSilent'
  | 'dnsServerRefused'
  | 'resolversMissing'
  | 'resolversSilent'
  | 'zoneNotFound'
  | 'zoneNotReachable'
  | 'delegationLoop'
  | 'delegationTooDeep'
  | 'delegationInvalid'
  | 'propagationTimeout'
  | 'presentationInvalid';

/** Something about DNS failed: a server, an answer, a zone or a delegation. */
export class DnsError extends AppError<DnsErrorCode> {
  override readonly name: string = 'DnsError';
}

/** What one name server, at one address, last said about the records that are waited for. */
export interface ServerReport {
  /** Name from the NS record. */
  readonly nameServer: string;
  /** Undefined when the name of the server has no address. */
  readonly address: ServerAddress | undefined;
  readonly state: ServerState;
  /** The same in words, for a person. */
  readonly description: string;
}

/**
 * - `ready`: it has every value;
 * - `missing`: it answers, but without some value;
 * - `failing`: it answers with an error or does not know the zone: perhaps it is still loading it;
 * - `silent`: nothing came back;
 * - `unroutable`: this machine has no way to that address (IPv6 without an IPv6 route), or the name has no address.
 */
export type ServerState = 'ready' | 'missing' | 'failing' | 'silent' | 'unroutable';

/** Not every name server had the record in time. `servers` says what each one answered. */
export class PropagationTimeout extends DnsError {
  override readonly name = 'PropagationTimeout';
  readonly servers: readonly ServerReport[];

  constructor(message: string, servers: readonly ServerReport[], options: AppErrorOptions = {}) {
    super('propagationTimeout', message, {
      ...options,
      details: { ...options.details, servers: servers.map((server) => server.description) },
      retry: 'now',
    });
    this.servers = servers;
  }
}
