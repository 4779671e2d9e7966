// Which account a run uses: the named one, the only one, the chosen one, or a new one.
import type { AcmeClient } from '@certward/acme';
import { type AccountStore, openAccountStore, StoreError, type StoredAccount } from '@certward/engine';
import type { Context } from '../context.ts';
import { cliError } from '../errors.ts';
import { formatInstant } from '../report/dates.ts';
import type { Settings } from '../settings/settings.ts';
import { type OpenedAccount, registerAccount, settleInterruptedAccounts } from './register-account.ts';

/** The accounts of the server of `settings`. */
export function accountStoreOf({ values }: Settings, { folders, clock, log }: Context): AccountStore {
  return openAccountStore({ configDir: folders.config, directoryUrl: values.server, clock, log });
}

/**
 * An account that is stored here, or `undefined` when there is none and none was named.
 * Throws `accountMissing` for an unknown `--account`, `answerMissing` when several could be meant and nobody can answer.
 */
export async function selectStoredAccount(settings: Settings, context: Context): Promise<StoredAccount | undefined> {
  const { values, sources } = settings;
  const store = accountStoreOf(settings, context);
  if (values.account !== undefined) {
    const found = tryLoad(store, values.account);
    if (found !== undefined) return found;
    // A stored id may belong to another server than the one that is asked for now, as in a dry run.
    if (sources.get('account') !== 'stored') throw cliError('accountMissing', `Account at ${store.folder}/${values.account} does not exist`, { hint: '--account takes the name of a folder there' });
  }
  const accounts = store.list();
  if (accounts.length <= 1) return accounts[0];
  const choices = accounts.map(({ id, createdOn = 'unknown host', createdAt }) => `${createdOn}@${createdAt === undefined ? 'unknown date' : formatInstant(createdAt)} (${id.slice(0, 4)})`);
  const { questions, signal } = context;
  const index = await questions.menu('Please choose an account', { choices, flag: '--account', signal });
  return accounts[index];
}

function tryLoad(store: AccountStore, id: string): StoredAccount | undefined {
  try {
    return store.load(id);
  } catch (error) {
    if (error instanceof StoreError && error.code === 'accountNotFound') return undefined;
    throw error;
  }
}

/** The account to use, registered now if there is none. */
export async function openAccount(client: AcmeClient, settings: Settings, context: Context): Promise<OpenedAccount> {
  const store = accountStoreOf(settings, context);
  await settleInterruptedAccounts(client, store, context);
  const stored = await selectStoredAccount(settings, context);
  if (stored !== undefined) return { stored, account: client.openAccount(stored) };
  return await registerAccount({ client, store, settings }, context);
}
