// Answers dns-01 and dns-account-01 through a DNS provider. Finds the zone and follows delegation for every provider the
// same way, adds and removes single TXT values (an apex and its wildcard share a name), and checks every name server.
import { type Clock, deadline, type Log, mapConcurrent, silentLog, systemClock, TimeoutError } from '@certward/base';
import type { Identifier } from '@certward/pki';
import type { Authenticator, CallOptions, ChallengeToAnswer, ChallengeType, DnsProvider, Json, PresentationHandle } from '../ports.ts';
import type { DnsClient } from '../propagation/client.ts';
import { DnsError } from '../propagation/errors.ts';
import { createDnsLookup } from '../propagation/lookup.ts';
import type { DnsLookupOptions } from '../propagation/questioner.ts';
import type { Patience } from '../propagation/server-check.ts';
import { ancestors, normaliseName } from '../propagation/server-address.ts';
import { type ExpectedRecord, waitForPropagation } from '../propagation/wait.ts';
import { dnsHandle, parseDnsHandle } from './dns-handle.ts';

/** What {@link createDnsAuthenticator} needs. */
export interface DnsAuthenticatorOptions {
  /** Certbot's name of it, such as `dns-rfc2136`. */
  readonly name: string;
  readonly provider: DnsProvider;
  /** How zones and name servers are found. Default: the machine's resolvers, then authoritative servers on port 53. */
  readonly lookup?: DnsLookupOptions;
  /** Asks the name servers while waiting. Default: one with short time limits. */
  readonly waitingClient?: DnsClient;
  readonly patience?: Partial<Patience>;
  /** A fixed wait instead of the check, as Certbot's `--dns-…-propagation-seconds` asks for. Default: check. */
  readonly propagationSeconds?: number | undefined;
  /** How long the check may take. Default: what the provider says. */
  readonly propagationTimeoutSeconds?: number | undefined;
  /** Default 120, Certbot's; a challenge record is gone before any cache matters. */
  readonly ttlSeconds?: number;
  readonly clock?: Clock;
  readonly log?: Log;
}

/** Creates the authenticator. It holds no state: `cleanUp` works on a handle of another process just as well. */
export function createDnsAuthenticator(options: DnsAuthenticatorOptions): Authenticator {
  const { name, provider } = options;
  return {
    name,
    challengeTypes: (identifier) => (identifier.type === 'dns' ? ['dns-01', 'dns-account-01'] : []),
    plan: (challenges, callOptions) => plan(challenges, options, callOptions?.signal),
    async present(_challenge, handle, { signal }: CallOptions = {}) {
      const { record } = parseDnsHandle(handle);
      return dnsHandle({ record, providerHandle: await provider.addValue(record, { signal }) });
    },
    waitUntilReady: (presented, waitOptions) => waitUntilReady(presented.map(({ handle }) => handle), options, waitOptions),
    async cleanUp(handle, { signal }: CallOptions = {}) {
      const { record, providerHandle } = parseDnsHandle(handle);
      await provider.removeValue(record, providerHandle, { signal });
    },
    hint: (problemType, identifiers) => hintFor(problemType, identifiers, options),
  };
}

async function plan(challenges: readonly ChallengeToAnswer[], options: DnsAuthenticatorOptions, signal: AbortSignal | undefined): Promise<Json[]> {
  const { provider, ttlSeconds = 120 } = options;
  const lookup = createDnsLookup(options.lookup);
  const zones = (await provider.listZones({ signal }))?.map(normaliseName);
  // One limit for all names: where name servers cannot be asked, a fixed wait must not become a hundred long ones.
  using limit = options.propagationSeconds === undefined ? undefined : deadline('name servers', blindLookupMs, signal);
  return await mapConcurrent(
    challenges,
    8,
    async ({ recordName, validation, type }) => {
      requireDnsType(type);
      const place = await locate(recordName, { lookup, zones, options, signal, limited: limit?.signal ?? signal });
      return dnsHandle({ record: { ...place, type: 'TXT', value: validation, ttlSeconds }, providerHandle: undefined });
    },
    { signal },
  );
}

/** With a fixed wait the delegation is looked up when that works at all, and not for long. */
const blindLookupMs = 10_000;

interface LocateOptions {
  readonly lookup: ReturnType<typeof createDnsLookup>;
  readonly zones: readonly string[] | undefined;
  readonly options: DnsAuthenticatorOptions;
  /** The caller's wish to stop. */
  readonly signal: AbortSignal | undefined;
  /** The same with the time limit of a lookup that may fail. */
  readonly limited: AbortSignal | undefined;
}

/** The name and zone to write to. */
async function locate(recordName: string, { lookup, zones, options, signal, limited }: LocateOptions): Promise<{ zone: string; fqdn: string }> {
  try {
    const { fqdn, zone, chain } = await lookup.followDelegation(recordName, { signal: limited });
    if (zones === undefined || zones.includes(zone.name)) return { fqdn, zone: zone.name };
    throw zoneNotReachable(zone.name, chain, zones, options.name);
  } catch (error) {
    signal?.throwIfAborted();
    // Who asked for a fixed wait may be where name servers cannot be asked at all: then the name itself must do.
    const code = error instanceof DnsError || error instanceof TimeoutError ? error.code : '';
    if (options.propagationSeconds === undefined || !lookupFailures.has(code)) throw error;
    options.log?.warn('name servers cannot be asked; delegation is not followed', { fqdn: recordName, code });
    return { fqdn: normaliseName(recordName), zone: guessZone(recordName, zones) };
  }
}

const lookupFailures: ReadonlySet<string> = new Set(['zoneNotFound', 'resolversMissing', 'resolversSilent', 'zoneNotReachable', 'timeout']);

/** The longest zone of the provider around the name, as Certbot's plugins choose; else the name below the challenge labels. */
function guessZone(recordName: string, zones: readonly string[] | undefined): string {
  const candidates = ancestors(normaliseName(recordName)).filter((name) => !name.startsWith('_'));
  const zone = zones === undefined ? candidates[0] : candidates.find((name) => zones.includes(name));
  if (zone !== undefined) return zone;
  throw new DnsError('zoneNotReachable', `no zone of the DNS provider contains "${recordName}"`, { details: { zones } });
}

function zoneNotReachable(zone: string, chain: readonly string[], zones: readonly string[], name: string): DnsError {
  const via = chain.length > 1 ? `, which "${chain[0] ?? ''}" is delegated to,` : '';
  return new DnsError('zoneNotReachable', `the zone "${zone}"${via} is not among those that the credentials of ${name} reach`, {
    details: { zone, chain, zones },
    hint: zones.length === 0 ? 'the credentials reach no zone at all' : `they reach ${zones.slice(0, 5).join(', ')}${zones.length > 5 ? ', …' : ''}`,
  });
}

function requireDnsType(type: ChallengeType): void {
  if (type === 'dns-01' || type === 'dns-account-01') return;
  throw new DnsError('presentationInvalid', `a DNS authenticator cannot answer "${type}"`);
}

async function waitUntilReady(
  handles: readonly PresentationHandle[],
  options: DnsAuthenticatorOptions,
  { signal, onProgress }: CallOptions & { readonly onProgress?: (message: string) => void },
): Promise<void> {
  const { clock = systemClock, log = silentLog, propagationSeconds } = options;
  if (propagationSeconds !== undefined) {
    onProgress?.(`Waiting ${propagationSeconds} seconds for DNS changes to propagate`);
    await clock.sleep(propagationSeconds * 1000, { signal });
    return;
  }
  const lookup = createDnsLookup(options.lookup);
  const expected = await mapConcurrent(
    handles.map((handle) => parseDnsHandle(handle).record),
    8,
    async ({ fqdn, value }): Promise<ExpectedRecord> => ({ fqdn, value, zone: (await lookup.followDelegation(fqdn, { signal })).zone }),
    { signal },
  );
  const { leftOut } = await waitForPropagation(expected, {
    timeoutSeconds: options.propagationTimeoutSeconds ?? options.provider.propagationTimeoutSeconds,
    clock,
    signal,
    ...(options.waitingClient === undefined ? {} : { client: options.waitingClient }),
    ...(options.patience === undefined ? {} : { patience: options.patience }),
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  for (const { nameServer, state, description } of leftOut) {
    onProgress?.(`${description}; going on without it`);
    log.warn('name server left out of the propagation check', { nameServer, state, description });
  }
}

function hintFor(problemType: string, identifiers: readonly Identifier[], { name, propagationSeconds }: DnsAuthenticatorOptions): string | undefined {
  const names = identifiers.map(({ value }) => value).join(', ');
  switch (problemType) {
    case 'dns':
      return `the certificate authority could not look up the DNS records of ${names}: check the name servers and DNSSEC of the zone`;
    case 'caa':
      return `a CAA record of ${names} forbids this certificate authority`;
    case 'unauthorized':
    case 'incorrectResponse':
      return propagationSeconds === undefined
        ? `the certificate authority did not see the TXT record that ${name} created for ${names}, although the name servers answer with it here: look for name servers that answer differently elsewhere`
        : `the certificate authority did not see the TXT record that ${name} created for ${names}: ${propagationSeconds} s may be too short; without a fixed propagation time every name server is checked`;
    default:
      return undefined;
  }
}
