// Begins an attempt: from what the journal knows, where that can still become the wanted certificate, else afresh.
import { assertNever } from '@certward/base';
import { identifierKey, sameIdentifiers, type Identifier } from '@certward/pki';
import type { JournalEntry } from '../ports.ts';
import { Attempt, type ResolvedDeps } from './attempt.ts';
import { cleanUpAll } from './clean-up.ts';
import { JournalSession } from './journal-session.ts';
import { readOrder } from './read-order.ts';
import type { DroppedIdentifier, IssuanceRequest } from './request.ts';
import { checkCertificate } from './steps/download.ts';

/** How to begin. */
export interface BeginOptions {
  readonly identifiers: readonly Identifier[];
  readonly dropped: readonly DroppedIdentifier[];
}

/** An attempt that continues the journal's, or starts anew after clearing away what an unusable one left. */
export async function beginAttempt(request: IssuanceRequest, deps: ResolvedDeps, wanted: BeginOptions): Promise<Attempt> {
  const entry = await deps.journal.load(request.id);
  if (entry !== undefined) {
    const resumed = await tryResume(request, deps, { entry, wanted });
    if (resumed !== undefined) return resumed;
  }
  const fresh: JournalEntry = {
    id: request.id,
    directoryUrl: request.directoryUrl,
    accountUrl: request.account.url,
    identifiers: wanted.identifiers,
    startedAt: deps.clock.now().toISOString(),
    order: { state: 'none' },
    // What could not be removed stays on the list.
    presentations: (await deps.journal.load(request.id))?.presentations ?? [],
    finalizing: false,
  };
  const journal = new JournalSession(deps.journal, fresh, { isSaved: fresh.presentations.length > 0 });
  return new Attempt({ request, deps, journal, ...wanted, resumed: false });
}

async function tryResume(
  request: IssuanceRequest,
  deps: ResolvedDeps,
  { entry, wanted }: { readonly entry: JournalEntry; readonly wanted: BeginOptions },
): Promise<Attempt | undefined> {
  const dropped = isForRequest(entry, request) ? namesLeftOut(entry, request, wanted) : undefined;
  const journal = new JournalSession(deps.journal, entry, { isSaved: true });
  const attempt = new Attempt({ request, deps, journal, identifiers: entry.identifiers, dropped: dropped ?? [], resumed: entry.order.state !== 'none' });
  if (dropped !== undefined && (await isUsable(attempt))) {
    deps.log.info('continuing an interrupted issuance', { id: entry.id, startedAt: entry.startedAt });
    return attempt;
  }
  deps.log.info('discarding an issuance that cannot be continued', { id: entry.id, startedAt: entry.startedAt });
  await cleanUpAll(attempt);
  await journal.forgetOrder();
  return undefined;
}

function isForRequest(entry: JournalEntry, request: IssuanceRequest): boolean {
  return entry.directoryUrl === request.directoryUrl && entry.accountUrl === request.account.url && entry.profile === request.profile?.name;
}

/** Names that the interrupted run had left out already; `undefined` when it was about other names. */
function namesLeftOut(entry: JournalEntry, request: IssuanceRequest, wanted: BeginOptions): readonly DroppedIdentifier[] | undefined {
  if (sameIdentifiers(entry.identifiers, wanted.identifiers)) return wanted.dropped;
  if (request.allowSubsetOfNames !== true) return undefined;
  const had = new Set(entry.identifiers.map(identifierKey));
  const rest = wanted.identifiers.filter((one) => !had.has(identifierKey(one)));
  if (rest.length + entry.identifiers.length !== wanted.identifiers.length) return undefined;
  return [...wanted.dropped, ...rest.map((identifier) => ({ identifier }))];
}

/** Reads the order where there is one. False: only a new order can become a certificate. */
async function isUsable(attempt: Attempt): Promise<boolean> {
  const { entry } = attempt.journal;
  if (entry.certificatePem !== undefined) return await hasUsableCertificate(attempt, entry.certificatePem);
  if (entry.order.state !== 'created') return entry.order.state === 'creating';
  const order = await readOrder(attempt.request.account, entry.order.url, { signal: attempt.signal });
  if (order === undefined) return false;
  attempt.order = order;
  switch (order.state.status) {
    // Whatever `expires` says: that it is past may be the fault of our clock, and the CA knows the status (§7.1.6).
    case 'pending':
    case 'ready':
      return true;
    case 'processing':
    case 'valid':
      // Issued, or about to be, for a key that must still be there.
      return attempt.request.csr !== undefined || (await attempt.journal.loadKey()) !== undefined;
    case 'invalid':
      return false;
  }
  return assertNever(order.state);
}

async function hasUsableCertificate(attempt: Attempt, pem: string): Promise<boolean> {
  try {
    if (attempt.request.csr === undefined && (await attempt.journal.loadKey()) === undefined) return false;
    await checkCertificate(attempt, pem);
    attempt.certificatePem = pem;
    return true;
  } catch {
    return false;
  }
}
