// What name servers of tests serve, and the zone files made of it. The same for BIND and Knot.

/** A key that may update zones (TSIG). */
export interface NameServerKey {
  readonly name: string;
  /** Lower-case, as in both servers' configuration: `hmac-sha256`. */
  readonly algorithm: string;
  readonly secretBase64: string;
}

/** One zone of a name server. */
export interface NameServerZone {
  readonly name: string;
  /**
   * Zone file lines below the SOA, names relative to the zone. Must name the name servers.
   * Leave out for a secondary.
   */
  readonly records?: readonly string[];
  /** How long resolvers may remember that something does not exist. Default 5. */
  readonly negativeTtlSeconds?: number;
  /** Names of keys that may update it. */
  readonly updateKeys?: readonly string[];
  /** Makes this server a secondary of that primary. It is not notified of changes: see `NameServer.refresh`. */
  readonly primary?: { readonly host: string; readonly port: number };
}

/** What `startBind` and `startKnot` start. */
export interface NameServerOptions {
  readonly zones: readonly NameServerZone[];
  readonly keys?: readonly NameServerKey[];
  /** Loopback address, IPv4 or IPv6. Default 127.0.0.1. BIND only listens on addresses of an interface: not on 127.0.0.2. */
  readonly host?: string;
  /** Default: a free one. */
  readonly port?: number;
  readonly signal?: AbortSignal | undefined;
}

/** A question that a name server logged. */
export interface NameServerQuestion {
  /** Lower-case, without trailing dot. */
  readonly name: string;
  readonly type: string;
  /** The asker wanted the server to look further: not a question of ours to an authoritative server. */
  readonly isRecursive: boolean;
  readonly transport: 'udp' | 'tcp';
}

/** A running name server. Disposing ends it. */
export interface NameServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** `host:port`, IPv6 in brackets. */
  readonly address: string;
  /** Questions so far, oldest first. Only BIND keeps them. */
  questions(): readonly NameServerQuestion[];
  /** Tells a secondary that `zone` changed, so that it fetches it now. */
  refresh(zone: string): Promise<void>;
  /** What the server logged so far. */
  output(): string;
  stop(): Promise<void>;
}

/** The zone file of a zone. Records may be cached for an hour. */
export function zoneFile(zone: NameServerZone): string {
  return ['$TTL 3600', `@ IN SOA primary.invalid. hostmaster.invalid. 1 3600 600 604800 ${zone.negativeTtlSeconds ?? 5}`, ...(zone.records ?? []), ''].join('\n');
}

/** `host:port` in the form that programs print. */
export function printAddress(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
