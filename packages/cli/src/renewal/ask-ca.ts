// Asks CAs when they would like certificates to be renewed (RFC 9773), many at once, and stores the answers.
// A CA that does not answer is left alone for six hours, whichever certificate it was asked about.
import { mapConcurrent } from '@certward/base';
import { type LineageStore, postponeAriCheck, readRenewalState, type RenewalState, updateAriChoice, writeRenewalState } from '@certward/engine';
import { AcmeError } from '@certward/acme';
import type { IssueSession } from '../issue/session.ts';
import { type Settings, withValues } from '../settings/settings.ts';
import { type SilentServers } from './silent-servers.ts';
import type { RenewalCandidate } from './state.ts';

/** Requests under way at one time; CAs serve these from caches. */
const atOnce = 16;

/** What asking needs. */
export interface AskOptions {
  readonly session: IssueSession;
  /** The settings of the run; each certificate's own server is put into them. */
  readonly settings: Settings;
  readonly silent: SilentServers;
}

/** Asks about each candidate and stores what comes back. Runs under the locks. Rejects only with the run's abort. */
export async function askAboutRenewal(candidates: readonly RenewalCandidate[], options: AskOptions): Promise<void> {
  const { signal } = options.session.context;
  await mapConcurrent(candidates, atOnce, (candidate) => askOne(candidate, options), { signal });
}

async function askOne(candidate: RenewalCandidate, { session, settings, silent }: AskOptions): Promise<void> {
  const { store, context } = session;
  const { clock, random, log, signal, terminal } = context;
  const { conf, certificate, name } = candidate;
  if (silent.includes(conf.server)) return;
  const known = readRenewalState(conf, certificate.serial);
  try {
    const client = session.client(withValues(settings, { server: conf.server }, 'stored'));
    const answer = await client.renewalInfo(certificate, { signal });
    const update = updateAriChoice(answer, { previous: known.ari, now: clock.now(), random });
    if (update === undefined) return;
    if (update.alert !== undefined) terminal.warning(`${name}: ${update.alert}`);
    await save(store, candidate, { ...known, ari: update.choice });
  } catch (error) {
    signal.throwIfAborted();
    log.info('no renewal information', { lineage: name, server: conf.server, error });
    if (known.ari !== undefined) await save(store, candidate, { ...known, ari: postponeAriCheck(known.ari, clock.now()) });
    // The CA offers no such thing, or does not answer: asking about the next certificate would go the same way.
    if (isAboutServer(error)) silent.add(conf.server);
  }
}

function isAboutServer(error: unknown): boolean {
  if (!(error instanceof AcmeError)) return false;
  const { code, cause } = error;
  return code === 'unsupportedByServer' || code === 'network' || (cause instanceof AcmeError && cause.code === 'network');
}

async function save(store: LineageStore, { name, certificate }: RenewalCandidate, state: RenewalState): Promise<void> {
  await store.updateConf(name, (conf) => writeRenewalState(conf, { serial: certificate.serial, state }));
}
