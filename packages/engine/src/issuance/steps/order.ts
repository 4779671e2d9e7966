// Step `order`: the journal's order if it is still of use, else a new one. At most one order per issuance, also when
// the process dies or the reply is lost between asking for it and hearing of it.
import { AcmeError, ReplyLostError } from '@certward/acme';
import { sameIdentifiers } from '@certward/pki';
import { abandonOrder } from '../abandon.ts';
import type { Attempt } from '../attempt.ts';
import type { CaOrder } from '../ca-account.ts';
import { recreateForDryRun } from '../dry-run.ts';
import { readOrder } from '../read-order.ts';
import { sideBySide } from '../side-by-side.ts';
import type { Step } from './step.ts';

/** Orders that are read while looking for one whose reply was lost. Lists grow at one end or the other: both are looked at. */
const searchedAtEachEnd = 50;
/** URLs that are listed for that at most. */
const listedOrders = 2_000;

/** Makes sure that the attempt has an order that can still become a certificate. */
export const orderStep: Step = {
  name: 'order',
  message: 'ordering the certificate',
  async run(attempt) {
    if (attempt.certificatePem !== undefined) return;
    if (!attempt.hasOrder) {
      const found = attempt.journal.entry.order.state === 'creating' ? await findLostOrder(attempt) : undefined;
      const order = found ?? (await createOrder(attempt));
      await adopt(attempt, order, found !== undefined);
    } else {
      attempt.emit({ type: 'order.created', orderUrl: attempt.order.url, resumed: true });
    }
    if (attempt.request.dryRun === true && !attempt.resumed) await recreateForDryRun(attempt, () => createOrder(attempt));
  },
  undo: (attempt, error) => abandonOrder(attempt, error),
};

async function adopt(attempt: Attempt, order: CaOrder, resumed: boolean): Promise<void> {
  attempt.order = order;
  attempt.emit({ type: 'order.created', orderUrl: order.url, resumed });
  attempt.deps.log.info('order placed', { order: order.url, resumed, identifiers: attempt.identifiers.map(({ value }) => value) });
  // Reading changes nothing, so it need not wait for the disk.
  const read = async () => void (order.state.status === 'pending' && (await attempt.authorizations()));
  await sideBySide([() => attempt.journal.update({ order: { state: 'created', url: order.url } }), read], undefined);
}

/** Asks for the order; a lost reply is looked for before asking a second time. */
async function createOrder(attempt: Attempt): Promise<CaOrder> {
  const { request, identifiers, signal, deps } = attempt;
  const { profile, replaces } = request;
  await attempt.journal.update({
    order: { state: 'creating' },
    ...(profile === undefined ? {} : { profile: profile.name }),
    ...(replaces === undefined ? {} : { replaces }),
  });
  const ask = () =>
    request.account.createOrder({ identifiers, replaces, signal, ...(profile?.required === true ? { profile: profile.name } : { preferredProfile: profile?.name }) });
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof ReplyLostError)) throw error;
    deps.log.warn('reply to the order lost, looking for the order', { reason: error.message });
    return (await findLostOrder(attempt)) ?? (await ask());
  }
}

/**
 * The order that a killed or cut-off run created without hearing of it. Orders of other issuances of ours are left
 * alone. CAs without a list give an identical open order back when asked again (RFC 8555 §7.4 leaves it to them).
 */
async function findLostOrder(attempt: Attempt): Promise<CaOrder | undefined> {
  const { deps, signal } = attempt;
  const others = (await deps.journal.list()).filter((entry) => entry.id !== attempt.journal.entry.id);
  const taken = new Set(others.flatMap(({ order }) => (order.state === 'created' ? [order.url] : [])));
  const urls = (await listOrders(attempt)).filter((url) => !taken.has(url));
  const ends = [...urls.slice(-searchedAtEachEnd).reverse(), ...urls.slice(0, searchedAtEachEnd)];
  for (const url of new Set(ends)) {
    const order = await readOrder(attempt.request.account, url, { signal });
    if (order !== undefined && isTheLostOne(attempt, order)) return order;
  }
  return undefined;
}

async function listOrders({ request, signal }: Attempt): Promise<readonly string[]> {
  try {
    return await request.account.listOrders({ signal, limit: listedOrders });
  } catch (error) {
    if (error instanceof AcmeError && error.code === 'unsupportedByServer') return [];
    throw error;
  }
}

/**
 * We had not finalized when the reply was lost, so a finished order is an older one, made with a key we do not have.
 * `expires` is not looked at: with a fast clock every order would look expired, and a second one would be made.
 */
function isTheLostOne(attempt: Attempt, { state }: CaOrder): boolean {
  const { profile } = attempt.request;
  return (
    (state.status === 'pending' || state.status === 'ready') &&
    (profile?.required !== true || state.profile === undefined || state.profile === profile.name) &&
    sameIdentifiers(state.identifiers, attempt.identifiers)
  );
}
