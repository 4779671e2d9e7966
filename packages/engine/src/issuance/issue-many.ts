// Many certificates at once, bounded: one slow or failing name costs the others nothing.
import { mapConcurrent } from '@certward/base';
import { IssuanceError } from './errors.ts';
import type { IssuanceDeps, IssuanceRequest, IssuanceResult } from './request.ts';
import { runIssuance } from './run-issuance.ts';

/** How one of many ended. */
export type IssuanceOutcome =
  | { readonly id: string; readonly status: 'issued'; readonly result: IssuanceResult }
  | { readonly id: string; readonly status: 'failed'; readonly error: unknown };

/** Options of {@link issueMany} beside those of each issuance. */
export interface IssueManyOptions extends IssuanceDeps {
  /** Issuances in flight. Default 16: enough to fill the time that the CA takes for each, few enough for its edge limits. */
  readonly concurrency?: number | undefined;
  /** Called as each one ends, in the order of ending. */
  readonly onOutcome?: ((outcome: IssuanceOutcome) => void) | undefined;
}

const defaultConcurrency = 16;

/**
 * Runs {@link runIssuance} for every request. Give all of them one account, whose connection they share, and one
 * authenticator object per listener. Resolves to one outcome per request, in their order; a failure of one is its outcome.
 *
 * Throws only `requestInvalid` for two requests with one id, and the reason of `signal` after those under way have cleaned up.
 */
export async function issueMany(requests: readonly IssuanceRequest[], options: IssueManyOptions): Promise<IssuanceOutcome[]> {
  const { concurrency = defaultConcurrency, onOutcome, ...deps } = options;
  const ids = new Set(requests.map(({ id }) => id));
  if (ids.size !== requests.length) throw new IssuanceError('requestInvalid', 'two requests have the same id');
  const outcomes = await mapConcurrent(
    requests,
    concurrency,
    async (request) => {
      // A signal of its own for each: a thousand waits on one signal look like a leak to Node.
      const outcome = await issueOne(request, deps.signal === undefined ? deps : { ...deps, signal: AbortSignal.any([deps.signal]) });
      onOutcome?.(outcome);
      return outcome;
    },
    { signal: deps.signal },
  );
  return outcomes;
}

async function issueOne(request: IssuanceRequest, deps: IssuanceDeps): Promise<IssuanceOutcome> {
  try {
    return { id: request.id, status: 'issued', result: await runIssuance(request, deps) };
  } catch (error) {
    deps.signal?.throwIfAborted();
    return { id: request.id, status: 'failed', error };
  }
}
