// Changing the key of a stored account (RFC 8555 §7.3.5). At every moment the store holds the key that the CA has.
import { AcmeError, AcmeProblem, type AcmeClient } from '@certward/acme';
import type { KeyObject } from 'node:crypto';

import type { StoredAccount } from './account-files.ts';
import { settleAccounts, type SettleOptions } from './settle.ts';
import type { AccountStore } from './store.ts';

/** What {@link rollOverStoredAccount} works with. */
export interface RolloverOptions extends SettleOptions {
  readonly client: Pick<AcmeClient, 'findAccount' | 'openAccount'>;
  /** A freshly made key. */
  readonly newKey: KeyObject;
}

/**
 * Gives account `id` another key, and with it another id. The new key is durable before the CA hears of it, and the old
 * one goes only when the CA has proved the change and everything names the new id: a process that dies anywhere leaves
 * what {@link settleAccounts} ends. Throws `accountNotFound`, `keyRolloverUnproven`, problems (the old key then goes on),
 * and what the disk throws.
 */
export async function rollOverStoredAccount(store: AccountStore, id: string, options: RolloverOptions): Promise<StoredAccount> {
  const { client, newKey, replaced, signal } = options;
  await settleAccounts(store, options);
  const old = store.load(id);
  const newId = await store.reserve(newKey);
  try {
    await client.openAccount(old).rolloverKey(newKey, { signal });
  } catch (error) {
    // A refusal is certain; whatever else went wrong, the CA may have changed the key, so both are kept to be settled.
    if (isRefusal(error) && store.reserved().some((one) => one.id === newId)) await store.delete(newId);
    throw error;
  }
  const changed = await store.save({ key: newKey, url: old.url });
  await replaced({ from: old.id, to: changed.id });
  await store.delete(old.id);
  return changed;
}

function isRefusal(error: unknown): boolean {
  if (error instanceof AcmeProblem) return error.status < 500;
  return error instanceof AcmeError && error.code === 'keyRolloverUnproven';
}
