// What Pebble reads at its start, by release: configuration file and environment.

/** Releases that the test-bed has; `2.4` is the machine's own package. */
export type PebbleVersion = '2.10' | '2.6' | '2.4';

/** A profile that Pebble offers (2.7 and newer). */
export interface PebbleProfile {
  readonly description: string;
  readonly validityPeriodSeconds: number;
}

/** The behaviour of a Pebble. Every default is the quiet choice; Pebble's own are hostile. */
export interface PebbleBehaviour {
  /** Default `2.10`. */
  readonly version?: PebbleVersion;
  /** How many of a hundred good nonces are refused. Default 0; `default` leaves Pebble's 5. */
  readonly nonceRejectPercent?: number | 'default';
  /** How many of a hundred valid authorizations are used again for a new order. Default 0; `default` leaves Pebble's 50. */
  readonly authzReusePercent?: number | 'default';
  /** Whether validations sleep a random time first: seconds at most, or `default` for Pebble's 5. Default: no sleep. */
  readonly sleep?: number | 'default';
  /** Refuse what coming releases will refuse. Default false. */
  readonly strict?: boolean;
  /** Key ids with their base64url MAC keys. When given, new accounts need one of them. */
  readonly externalAccountKeys?: Readonly<Record<string, string>>;
  /** Default: `default` (90 days) and `shortlived` (6 days). */
  readonly profiles?: Readonly<Record<string, PebbleProfile>>;
  /** Roots beside the first one; each gives an alternate chain. Default 0. */
  readonly alternateRoots?: number;
  /** Intermediates in a chain. Default 1. */
  readonly chainLength?: number;
  /** Seconds of Retry-After on pending authorizations and orders (2.5 and newer). Default 0. */
  readonly retryAfter?: { readonly authz: number; readonly order: number };
  /** Orders per page of an account's list. Default: Pebble's 3. */
  readonly ordersPerPage?: number;
  /** Every validation succeeds without any look at the network. Default false. */
  readonly alwaysValid?: boolean;
  /** Names that are refused. */
  readonly blockedDomains?: readonly string[];
  /** Key of the issuing authority (2.9 and newer). Default `ecdsa`. */
  readonly issuerKey?: 'ecdsa' | 'rsa';
}

/** Where a Pebble listens and finds its files. */
export interface PebblePlaces {
  readonly port: number;
  readonly managementPort: number;
  readonly httpPort: number;
  readonly tlsPort: number;
  readonly certificatePath: string;
  readonly keyPath: string;
}

const ninetyDaysSeconds = 7_776_000;
const usualProfiles = {
  default: { description: 'ninety days', validityPeriodSeconds: ninetyDaysSeconds },
  shortlived: { description: 'six days', validityPeriodSeconds: 518_400 },
} satisfies Record<string, PebbleProfile>;

/** The content of Pebble's configuration file; settings that a release does not know are left out. */
export function pebbleConfig(behaviour: PebbleBehaviour, places: PebblePlaces): string {
  const { version = '2.10', externalAccountKeys, retryAfter = { authz: 0, order: 0 } } = behaviour;
  const profiles = Object.entries(behaviour.profiles ?? usualProfiles).map(([name, profile]) => [
    name,
    { description: profile.description, validityPeriod: profile.validityPeriodSeconds },
  ]);
  const pebble = {
    listenAddress: `127.0.0.1:${places.port}`,
    managementListenAddress: `127.0.0.1:${places.managementPort}`,
    certificate: places.certificatePath,
    privateKey: places.keyPath,
    httpPort: places.httpPort,
    tlsPort: places.tlsPort,
    ocspResponderURL: '',
    externalAccountBindingRequired: externalAccountKeys !== undefined,
    ...(externalAccountKeys === undefined ? {} : { externalAccountMACKeys: externalAccountKeys }),
    domainBlocklist: behaviour.blockedDomains ?? [],
    ...(version === '2.4' ? {} : { retryAfter }),
    ...(version === '2.10'
      ? { keyAlgorithm: behaviour.issuerKey ?? 'ecdsa', profiles: Object.fromEntries(profiles) as unknown }
      : { certificateValidityPeriod: ninetyDaysSeconds }),
  };
  return JSON.stringify({ pebble });
}

/** Pebble's environment; undefined takes a variable away that the test run may have inherited. */
export function pebbleEnvironment(behaviour: PebbleBehaviour): Record<string, string | undefined> {
  const { nonceRejectPercent = 0, authzReusePercent = 0, sleep } = behaviour;
  const number = (value: number | undefined) => (value === undefined ? undefined : String(value));
  return {
    PEBBLE_VA_NOSLEEP: sleep === undefined ? '1' : undefined,
    PEBBLE_VA_SLEEPTIME: typeof sleep === 'number' ? String(sleep) : undefined,
    PEBBLE_VA_ALWAYS_VALID: behaviour.alwaysValid === true ? '1' : undefined,
    PEBBLE_WFE_NONCEREJECT: nonceRejectPercent === 'default' ? undefined : String(nonceRejectPercent),
    PEBBLE_AUTHZREUSE: authzReusePercent === 'default' ? undefined : String(authzReusePercent),
    PEBBLE_WFE_ORDERS_PER_PAGE: number(behaviour.ordersPerPage),
    PEBBLE_ALTERNATE_ROOTS: number(behaviour.alternateRoots),
    PEBBLE_CHAIN_LENGTH: number(behaviour.chainLength),
  };
}
