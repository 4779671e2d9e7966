// `update_account`: changes the contact addresses that the CA has.
import { contactsOf, shownContacts } from '../account/contacts.ts';
import { withExistingAccount } from '../account/with-account.ts';
import { withLocks } from '../compose/locks.ts';
import type { Command, Context } from '../context.ts';

/** Runs the verb. An empty --email, or --register-unsafely-without-email, removes all contacts. */
export const updateAccount: Command = (context) =>
  withLocks(context, () =>
    withExistingAccount(
      context,
      (server) => `Could not find an existing account for server ${server}.`,
      async ({ stored, account }) => {
        const { terminal, signal } = context;
        const contact = contactsOf(await askEmail(context));
        await account.update({ contact, signal });
        if (contact.length === 0) terminal.result('Any contact information associated with this account has been removed.');
        else terminal.result(`Your e-mail address was updated to ${shownContacts(contact).replaceAll(', ', ',')}.`);
        return { result: { account: stored.id, accountUrl: stored.url, contacts: contact } };
      },
    ),
  );

async function askEmail({ arguments: { values }, questions, signal }: Context): Promise<string> {
  if (values.registerUnsafelyWithoutEmail) return '';
  return values.email ?? (await questions.input('Enter email address', { flag: '--email', signal }));
}
