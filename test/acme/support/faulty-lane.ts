// A lane whose client reaches Pebble through the fault proxy, with an account that exists already.
import type { Account, AcmeClientOptions, ObtainOptions } from '@certward/acme';
import { generatePrivateKey, keysMatch, sameIdentifiers } from '@certward/pki';
import { type FaultProxy, type FaultRule, type PebbleOptions, Resources, startFaultProxy } from '@certward/testing';
import { expect } from 'vitest';
import { type Lane, identifiers, openLane, p256 } from './lane.ts';

/** What a run through faults is given beside its rules. */
export interface FaultyRun {
  readonly names?: readonly string[];
  readonly client?: Partial<AcmeClientOptions>;
  readonly obtain?: Partial<ObtainOptions>;
}

/** What came of a run through faults. */
export interface Outcome {
  readonly error: unknown;
  /** Orders that the server made, whatever the client learnt of them. */
  readonly ordersMade: number;
  /** Whether the certificate is for the names that were asked for and for our key. */
  readonly isOurs: boolean;
  /** Challenge answers that were left behind. */
  readonly answersLeft: number;
  /** Rules that never struck. */
  readonly unusedRules: number;
  readonly certificatePem: string | undefined;
  /** Common name of the issuer of the topmost certificate. */
  readonly topIssuer: string | undefined;
}

/** The outcome of faults that must not be noticed: one order, one certificate, nothing left. */
export const unharmed = { error: undefined, ordersMade: 1, isOurs: true, answersLeft: 0, unusedRules: 0 } satisfies Partial<Outcome>;

/** The outcome of faults that end the run with `error`, before or after an order was made. */
export function stopped(error: object, ordersMade: 0 | 1): Partial<Outcome> {
  return { error: expect.objectContaining(error) as unknown, ordersMade, isOurs: false, answersLeft: 0, unusedRules: 0 };
}

/** A lane with a proxy. */
export interface FaultyLane extends AsyncDisposable {
  readonly lane: Lane;
  readonly proxy: FaultProxy;
  /** The account through a new client, which knows neither nonces nor the directory. */
  account(client?: Partial<AcmeClientOptions>): Account;
  /** Obtains a certificate under these faults. */
  run(rules: readonly FaultRule[], run?: FaultyRun): Promise<Outcome>;
}

let runs = 0;

/** Starts a lane with a proxy and registers an account through it. */
export async function openFaultyLane(options: PebbleOptions = {}): Promise<FaultyLane> {
  await using resources = new Resources();
  const lane = resources.use(await openLane(options));
  const proxy = resources.use(await startFaultProxy({ target: lane.pebble.directoryUrl, trustedCaPem: lane.pebble.trustedCaPem }));
  const key = await generatePrivateKey(p256);
  const connect = (client: Partial<AcmeClientOptions> = {}) =>
    lane.connect({ directoryUrl: proxy.directoryUrl, trustedCaPem: proxy.trustedCaPem, ...client });
  const { url } = await connect().createAccount({ key, termsOfServiceAgreed: true });
  const account = (client?: Partial<AcmeClientOptions>) => connect(client).openAccount({ key, url });

  const owned = resources.move();
  return {
    lane,
    proxy,
    account,
    run: async (rules, run = {}) => {
      const names = namesOf(run);
      proxy.setRules(rules);
      const { obtained, error } = await lane.obtain(account(run.client), names, run.obtain).then(
        (one) => ({ obtained: one, error: undefined }),
        (failure: unknown) => ({ obtained: undefined, error: failure }),
      );
      const leaf = obtained?.chain[0];
      return {
        error,
        ordersMade: proxy.log.ordersMade(),
        isOurs: obtained !== undefined && leaf !== undefined && sameIdentifiers(leaf.identifiers, identifiers(names)) && keysMatch(obtained.key, leaf.publicKey),
        answersLeft: lane.responder.answers,
        unusedRules: proxy.unusedRules().length,
        certificatePem: obtained?.certificatePem,
        topIssuer: obtained?.chain.at(-1)?.issuerCommonName,
      };
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

/** New names for each run, so that no authorization of another is used again. */
function namesOf(run: FaultyRun): readonly string[] {
  return run.names ?? [`run-${runs++}.faults.example.org`];
}
