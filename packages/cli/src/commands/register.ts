// `register`: makes an account at the CA. The first certificate does the same by itself.
import { accountStoreOf } from '../account/select-account.ts';
import { registerAccount, settleInterruptedAccounts } from '../account/register-account.ts';
import { withClient } from '../account/with-account.ts';
import { withLocks } from '../compose/locks.ts';
import type { Command } from '../context.ts';
import { cliError } from '../errors.ts';
import { updateAccount } from './update-account.ts';

/** Runs the verb. Throws `accountExists` when there is an account for the server. */
export const register: Command = (context) => {
  // Until 0.30 this flag was how contacts were changed.
  if (context.arguments.sources.has('updateRegistration')) return updateAccount(context);
  return withLocks(context, () =>
    withClient(context, async (client, settings) => {
      const store = accountStoreOf(settings, context);
      await settleInterruptedAccounts(client, store, context);
      if (store.list().length > 0) {
        throw cliError('accountExists', 'There is an existing account; registration of a duplicate account with this command is currently unsupported.', {
          hint: `\`${context.program} update_account\` changes its contacts`,
        });
      }
      const { stored } = await registerAccount({ client, store, settings }, context);
      return { result: { account: stored.id, accountUrl: stored.url, server: settings.values.server } };
    }),
  );
};
