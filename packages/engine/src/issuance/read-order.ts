// Reads an order that an earlier run may have left at the CA.
import { AcmeProblem, reactionTo } from '@certward/acme';
import type { CallOptions } from '../ports.ts';
import type { CaAccount, CaOrder } from './ca-account.ts';

/** The order, or `undefined` when the CA does not know it (any more). Passing trouble is thrown: the order may be fine. */
export async function readOrder(account: CaAccount, url: string, options: CallOptions): Promise<CaOrder | undefined> {
  try {
    return await account.openOrder(url, options);
  } catch (error) {
    if (!(error instanceof AcmeProblem)) throw error;
    const { class: kind } = reactionTo(error.type, error.status);
    if (kind === 'transient' || kind === 'wait') throw error;
    return undefined;
  }
}
