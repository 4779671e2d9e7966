// After a crash: remove what earlier runs left in the world, whether or not their issuances are taken up again.
import { type Clock, describeError, type Log, silentLog, systemClock } from '@certward/base';
import type { Authenticator, Journal, JournalEntry, JournalPresentation } from '../ports.ts';
import { cleanUpPresentations, defaultCleanUpTimeoutMs } from './clean-up.ts';

/** What {@link recoverJournal} works with. */
export interface RecoverDeps {
  /** The authenticator that made a presentation; `undefined` when it is not configured: then the presentation stays listed. */
  readonly authenticatorOf: (presentation: JournalPresentation, entry: JournalEntry) => Authenticator | undefined;
  /** Entries that a live process works on. Default none: the caller holds the lock on the whole folder. */
  readonly isInUse?: ((entry: JournalEntry) => boolean) | undefined;
  /** Whether the certificate of an entry has reached the store: then nothing is left to resume. Default never. */
  readonly isStored?: ((entry: JournalEntry) => boolean) | undefined;
  readonly timeoutMs?: number | undefined;
  readonly clock?: Clock | undefined;
  readonly log?: Log | undefined;
}

/** Older entries have nothing to resume: no CA keeps an order open this long, and a certificate is renewed by then. */
const entryLifetimeMs = 30 * 86_400_000;

/** What {@link recoverJournal} did. */
export interface RecoverOutcome {
  readonly removed: number;
  readonly failures: readonly Error[];
}

/** Cleans up every presentation in the journal. Orders stay resumable for 30 days; entries with nothing to resume are removed. */
export async function recoverJournal(journal: Journal, deps: RecoverDeps): Promise<RecoverOutcome> {
  const { clock = systemClock, log = silentLog, timeoutMs = defaultCleanUpTimeoutMs } = deps;
  let removed = 0;
  const failures: Error[] = [];
  for (const entry of await journal.list()) {
    if (deps.isInUse?.(entry) === true) continue;
    const outcome = await cleanUpPresentations(entry.presentations, {
      authenticatorOf: (presentation) => deps.authenticatorOf(presentation, entry),
      timeoutMs,
    });
    removed += entry.presentations.length - outcome.left.length;
    failures.push(...outcome.failures);
    for (const failure of outcome.failures) log.warn('challenge not removed', { id: entry.id, reason: describeError(failure) });
    const isSpent = entry.order.state === 'none' || deps.isStored?.(entry) === true || clock.now().getTime() - Date.parse(entry.startedAt) > entryLifetimeMs;
    if (isSpent && outcome.left.length === 0) await journal.remove(entry.id);
    else if (outcome.left.length !== entry.presentations.length) await journal.save({ ...entry, presentations: outcome.left });
  }
  return { removed, failures };
}
