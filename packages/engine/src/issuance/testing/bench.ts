// An issuance with everything around it scripted: CA, authenticators, journal, store. For the unit tests of issuance.
import { type Clock, systemClock } from '@certward/base';
import type { Identifier } from '@certward/pki';
import type { IssuanceEvent, Journal } from '../../ports.ts';
import { createMemoryJournal } from '../memory-journal.ts';
import type { IssuanceDeps, IssuanceRequest, IssuanceResult } from '../request.ts';
import { runIssuance } from '../run-issuance.ts';
import { createScriptedAuthenticator, type ScriptedAuthenticator } from './scripted-authenticator.ts';
import { ScriptedCa } from './scripted-ca.ts';

/** Sleeps take no time; the day is fixed. */
export const fixedClock: Clock = { now: () => new Date('2026-11-20T12:00:00Z'), monotonicMs: () => systemClock.monotonicMs(), sleep: () => Promise.resolve() };

/** What {@link openBench} sets up. */
export interface Bench {
  readonly ca: ScriptedCa;
  readonly journal: Journal;
  readonly http: ScriptedAuthenticator;
  readonly dns: ScriptedAuthenticator;
  /** What the store got. */
  readonly stored: IssuanceResult[];
  readonly events: IssuanceEvent[];
  /** Runs an issuance for `a.test` by `http`, unless told otherwise. */
  issue(request?: Partial<IssuanceRequest>, deps?: Partial<IssuanceDeps>): Promise<IssuanceResult>;
  /** How often the CA was asked for something. */
  count(request: string): number;
  /** Proof in place and journal entries: nothing, after an issuance has ended. */
  leftovers(): Promise<readonly unknown[]>;
}

/** A fresh bench, whose CA accepts what the authenticators have in place. */
export async function openBench(): Promise<Bench> {
  const ca = await ScriptedCa.create(() => fixedClock.now());
  const journal = createMemoryJournal();
  const http = createScriptedAuthenticator({ name: 'http', types: ['http-01'] });
  const dns = createScriptedAuthenticator({ name: 'dns', types: ['dns-01'] });
  const stored: IssuanceResult[] = [];
  const events: IssuanceEvent[] = [];
  ca.script.validate = ({ token }) => (http.published.has(token) || dns.published.has(token) ? undefined : problem('connection'));
  return {
    ca,
    journal,
    http,
    dns,
    stored,
    events,
    issue: (request = {}, deps = {}) =>
      runIssuance(
        { id: 'a.test', directoryUrl: ca.directoryUrl, account: ca, identifiers: [name('a.test')], authenticatorFor: () => http, ...request },
        { journal, clock: fixedClock, store: async (result) => void stored.push(result), listener: (event) => events.push(event), ...deps },
      ),
    count: (request) => ca.requests.filter((one) => one === request).length,
    leftovers: async () => [...http.published.keys(), ...dns.published.keys(), ...(await journal.list())],
  };
}

/** A DNS identifier. */
export function name(value: string): Identifier {
  return { type: 'dns', value };
}

/** A problem document. */
export function problem(type: string, detail = 'refused') {
  return { type, status: 403, detail, subproblems: [] };
}

/** The error that `work` ends with. */
export async function failure(work: Promise<unknown>): Promise<Error> {
  const error: unknown = await work.then(
    () => new Error('no failure'),
    (reason: unknown) => reason,
  );
  return error instanceof Error ? error : new Error(String(error));
}
