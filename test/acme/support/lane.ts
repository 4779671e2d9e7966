// What every test against Pebble needs: the server, a client that trusts it, and something that answers its validations.
import type { KeyObject } from 'node:crypto';
import { type Account, type AcmeClient, type AcmeClientOptions, createAcmeClient, type ObtainOptions, type ObtainedCertificate, obtainCertificate } from '@certward/acme';
import { type Identifier, type KeySpec, generatePrivateKey, parseIdentifier } from '@certward/pki';
import { type ChallengeResponder, type Pebble, type PebbleOptions, Resources, startChallengeResponder, startPebble, TestbedError } from '@certward/testing';
import { dnsSolver, httpSolver, tlsAlpnSolver } from './solvers.ts';

/** A Pebble with everything around it. */
export interface Lane extends AsyncDisposable {
  readonly pebble: Pebble;
  readonly responder: ChallengeResponder;
  /** A client of this Pebble. Close it through the lane. */
  readonly client: AcmeClient;
  /** Another client, for instance through a proxy. */
  connect(options?: Partial<AcmeClientOptions>): AcmeClient;
  /** A new account with a key of the given kind, default P-256. */
  newAccount(options?: { readonly keySpec?: KeySpec; readonly client?: AcmeClient }): Promise<Account>;
  /** Every kind of solver, HTTP first. */
  readonly solvers: { readonly http: Solver; readonly dns: Solver; readonly tlsAlpn: Solver };
  /** Obtains a certificate for the names by HTTP-01 and a new P-256 key, unless told otherwise. */
  obtain(account: Account, names: readonly string[], options?: Partial<ObtainOptions>): Promise<ObtainedCertificate & { readonly key: KeyObject }>;
}

type Solver = NonNullable<ObtainOptions['solvers']>[number];

export const p256: KeySpec = { type: 'ecdsa', curve: 'P-256' };

/** Starts a lane. */
export async function openLane(options: PebbleOptions = {}): Promise<Lane> {
  await using resources = new Resources();
  const pebble = resources.use(await startPebble(options));
  const responder = resources.use(await startChallengeResponder({ httpPort: pebble.httpPort, tlsPort: pebble.tlsPort }));
  const connect = (more: Partial<AcmeClientOptions> = {}): AcmeClient => {
    // A Pebble that locked itself up is noticed in seconds, not minutes.
    const client = createAcmeClient({ directoryUrl: pebble.directoryUrl, trustedCaPem: pebble.trustedCaPem, requestTimeoutMs: 15_000, ...more });
    owned.use({ [Symbol.asyncDispose]: () => client.close() });
    return client;
  };
  const solvers = { http: httpSolver(responder), dns: dnsSolver(pebble), tlsAlpn: tlsAlpnSolver(responder) };
  const owned = resources.move();
  const client = connect();
  return {
    pebble,
    responder,
    client,
    connect,
    newAccount: async ({ keySpec = p256, client: through = client } = {}) =>
      await through.createAccount({ key: await generatePrivateKey(keySpec), termsOfServiceAgreed: true }),
    solvers,
    obtain: async (account, names, more = {}) => {
      const key = more.key ?? (await generatePrivateKey(p256));
      try {
        return { ...(await obtainCertificate({ account, identifiers: identifiers(names), key, solvers: [solvers.http], ...more })), key };
      } catch (error) {
        if (await pebble.isResponsive()) throw error;
        throw new TestbedError('peerWedged', 'pebble answers no more', { cause: error });
      }
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

/** Runs `work` in a lane of its own, and once more in a new one when Pebble locked itself up meanwhile. */
export async function inLane<T>(options: PebbleOptions, work: (lane: Lane) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    await using lane = await openLane(options);
    try {
      return await work(lane);
    } catch (error) {
      if (!(error instanceof TestbedError) || error.code !== 'peerWedged' || attempt > 1) throw error;
    }
  }
}

/** Names and addresses as identifiers. */
export function identifiers(names: readonly string[]): Identifier[] {
  return names.map((name) => parseIdentifier(name));
}

/**
 * Fails, rather than skipping, when the server lacks what a test is about: the test-bed then has an older Pebble than it
 * should have.
 */
export async function requireFeature(client: AcmeClient, feature: 'renewalInfo' | 'profiles'): Promise<void> {
  const directory = await client.directory();
  const has = feature === 'renewalInfo' ? directory.renewalInfo !== undefined : directory.meta.profiles.size > 0;
  if (has) return;
  throw new TestbedError('peerRefused', `this Pebble offers no ${feature}: a newer one should be in the test-bed`, {
    hint: 'run "node tools/testbed/install.mjs --require"',
  });
}
