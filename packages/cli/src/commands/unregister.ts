// `unregister`: deactivates an account at the CA and deletes its key here.
import { accountStoreOf } from '../account/select-account.ts';
import { withExistingAccount } from '../account/with-account.ts';
import { withLocks } from '../compose/locks.ts';
import type { Command } from '../context.ts';
import { cliError } from '../errors.ts';

/** Runs the verb. Unattended it does not ask. */
export const unregister: Command = (context) =>
  withLocks(context, () =>
    withExistingAccount(
      context,
      (server) => `Could not find existing account to deactivate for server ${server}.`,
      async ({ stored, account }, settings) => {
        const { questions, terminal, signal } = context;
        const question = 'Are you sure you would like to irrevocably deactivate your account?';
        if (!(await questions.yesNo(question, { yes: 'Deactivate', no: 'Abort', unattended: true, signal }))) {
          throw cliError('cancelled', 'Deactivation aborted.');
        }
        await account.deactivate({ signal });
        await accountStoreOf(settings, context).delete(stored.id);
        terminal.result('Account deactivated.');
        return { result: { account: stored.id, accountUrl: stored.url } };
      },
    ),
  );
