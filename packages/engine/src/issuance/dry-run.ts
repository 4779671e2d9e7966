// What a dry run does differently at the CA: reused proof is thrown away, so that every challenge is truly exercised.
import { describeError, mapConcurrent } from '@certward/base';
import type { Attempt } from './attempt.ts';
import type { CaAuthorization, CaOrder } from './ca-account.ts';

/** Requests of one kind in flight. */
const parallelRequests = 8;

/** Deactivates authorizations that are valid already and orders anew, because an order dies with its authorizations. */
export async function recreateForDryRun(attempt: Attempt, createOrder: () => Promise<CaOrder>): Promise<void> {
  const valid = (await attempt.authorizations()).filter(({ state }) => state.status === 'valid');
  if (valid.length === 0) return;
  attempt.deps.log.info('recreating order after authorization deactivation', { deactivated: valid.length });
  await mapConcurrent(valid, parallelRequests, (one) => one.deactivate({ signal: attempt.signal }));
  const order = await createOrder();
  attempt.order = order;
  await attempt.journal.update({ order: { state: 'created', url: order.url } });
}

/** Ends authorizations whose status is in `statuses`. Best effort: what fails is logged, the CA lets them expire. */
export async function deactivateAuthorizations(
  attempt: Attempt,
  statuses: readonly CaAuthorization['state']['status'][],
  signal: AbortSignal,
): Promise<void> {
  try {
    const all = await attempt.order.authorizations({ signal });
    const chosen = all.filter(({ state }) => statuses.includes(state.status));
    await mapConcurrent(chosen, parallelRequests, async (one) => {
      await one.deactivate({ signal }).catch((error: unknown) => {
        attempt.deps.log.debug('authorization not deactivated', { url: one.url, reason: describeError(error) });
      });
    });
  } catch (error) {
    attempt.deps.log.debug('leftover authorizations not deactivated', { order: attempt.order.url, reason: describeError(error) });
  }
}
