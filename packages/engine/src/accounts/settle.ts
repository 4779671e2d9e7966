// Ends what a killed process left in the account store: keys that the CA may know by now, and two keys for one account.
// The CA is asked which key an account has; nothing is guessed.
import { type AcmeClient, isProblem } from '@certward/acme';
import type { KeyObject } from 'node:crypto';

import type { CallOptions } from '../ports.ts';
import type { StoredAccount } from './account-files.ts';
import type { AccountStore } from './store.ts';

/** What {@link settleAccounts} works with. */
export interface SettleOptions extends CallOptions {
  readonly client: Pick<AcmeClient, 'findAccount'>;
  /** Called before an account goes whose key was replaced: whatever names it has to name the other one. Repeatable. */
  readonly replaced: (ids: { readonly from: string; readonly to: string }) => Promise<void>;
}

/**
 * Keys that the CA knows become accounts, keys that it does not know go, and of two accounts with one URL the one whose
 * key the CA replaced goes. Without anything to settle no request is made. Runs under the lock of the configuration
 * folder; what it was asked to do twice does no harm. Rejects with what the client and the disk throw.
 */
export async function settleAccounts(store: AccountStore, options: SettleOptions): Promise<void> {
  const { client, signal } = options;
  store.clearUnfinished();
  for (const { id, key } of store.reserved()) {
    const url = await accountUrlOf(client, key, signal);
    if (url === undefined) await store.delete(id);
    else await store.save({ key, url });
  }
  for (const twins of accountsByUrl(store).filter(({ length }) => length > 1)) await settleTwins(store, twins, options);
}

async function settleTwins(store: AccountStore, twins: readonly StoredAccount[], { client, replaced, signal }: SettleOptions): Promise<void> {
  const current: StoredAccount[] = [];
  for (const one of twins) if ((await accountUrlOf(client, one.key, signal)) === one.url) current.push(one);
  const [kept] = current;
  // The CA knows none of them any more, as after it lost its data: that is not for us to clear away.
  if (kept === undefined) return;
  for (const { id } of twins.filter((one) => !current.includes(one))) {
    await replaced({ from: id, to: kept.id });
    await store.delete(id);
  }
}

function accountsByUrl(store: AccountStore): readonly (readonly StoredAccount[])[] {
  const groups = new Map<string, StoredAccount[]>();
  for (const account of store.list()) groups.set(account.url, [...(groups.get(account.url) ?? []), account]);
  return [...groups.values()];
}

/** Some servers say `unauthorized` for a key that they do not know, or whose account has ended. */
async function accountUrlOf(client: SettleOptions['client'], key: KeyObject, signal: AbortSignal | undefined): Promise<string | undefined> {
  try {
    return (await client.findAccount({ key, signal }))?.url;
  } catch (error) {
    if (isProblem(error, 'unauthorized')) return undefined;
    throw error;
  }
}
