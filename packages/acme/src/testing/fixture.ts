// What most tests start with: a scripted CA, a client on a test clock, an account, and a solver that records.
import type { KeyObject } from 'node:crypto';

import { type Log, silentLog } from '@certward/base';
import { generatePrivateKey, type Identifier } from '@certward/pki';

import type { Account } from '../account.ts';
import { type AcmeClient, type AcmeClientOptions, createAcmeClient } from '../client.ts';
import type { ChallengeToPresent, Solver } from '../solver.ts';
import type { ChallengeType } from '../types.ts';
import { createTestClock, type TestClock } from './clock.ts';
import { type Behaviour, type ScriptedCa, startScriptedCa } from './scripted-ca.ts';

/** A CA and a client that talks to it. */
export interface Fixture extends AsyncDisposable {
  readonly ca: ScriptedCa;
  readonly client: AcmeClient;
  readonly clock: TestClock;
  readonly log: readonly { readonly level: string; readonly message: string; readonly fields: unknown }[];
  newKey(): Promise<KeyObject>;
  newAccount(): Promise<Account>;
  /** Forgets the requests so far. */
  startCounting(): void;
}

/** Starts both. Retries, pauses and polls take no real time. */
export async function startFixture(behaviour: Partial<Behaviour> & { readonly tls?: boolean } = {}, options: Partial<AcmeClientOptions> = {}): Promise<Fixture> {
  const ca = await startScriptedCa(behaviour);
  const clock = createTestClock();
  const { log, lines } = recordingLog();
  const client = createAcmeClient({ directoryUrl: ca.directoryUrl, allowHttp: true, clock, log, random: { bytes: (count) => new Uint8Array(count), fraction: () => 0.5 }, ...options });
  const newKey = () => generatePrivateKey({ type: 'ecdsa', curve: 'P-256' });
  return {
    ca,
    client,
    clock,
    log: lines,
    newKey,
    newAccount: async () => await client.createAccount({ key: await newKey(), termsOfServiceAgreed: true }),
    startCounting: () => {
      ca.requests.length = 0;
    },
    async [Symbol.asyncDispose]() {
      await client.close();
      await ca[Symbol.asyncDispose]();
    },
  };
}

function recordingLog(): { log: Log; lines: { level: string; message: string; fields: unknown }[] } {
  const lines: { level: string; message: string; fields: unknown }[] = [];
  const entries = (Object.keys(silentLog) as (keyof Log)[]).map((level) => [level, (message: string, fields?: unknown) => lines.push({ level, message, fields })] as const);
  return { log: Object.fromEntries(entries) as unknown as Log, lines };
}

/** A solver that only writes down what it is asked for. */
export interface RecordingSolver extends Solver {
  readonly presented: ChallengeToPresent[];
  readonly cleaned: ChallengeToPresent[];
}

/** A {@link RecordingSolver} for `challengeTypes`, with parts replaced by `overrides`. */
export function recordingSolver(challengeTypes: readonly ChallengeType[] = ['http-01'], overrides: Partial<Solver> = {}): RecordingSolver {
  const presented: ChallengeToPresent[] = [];
  const cleaned: ChallengeToPresent[] = [];
  return {
    challengeTypes,
    presented,
    cleaned,
    present: async (challenge) => {
      presented.push(challenge);
    },
    cleanUp: async (challenge) => {
      cleaned.push(challenge);
    },
    ...overrides,
  };
}

/** DNS identifiers. */
export function names(...values: readonly string[]): Identifier[] {
  return values.map((value) => ({ type: 'dns', value }));
}
