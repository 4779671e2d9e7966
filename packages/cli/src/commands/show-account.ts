// `show_account`: what the CA knows about the account.
import { shownContacts } from '../account/contacts.ts';
import { withExistingAccount } from '../account/with-account.ts';
import type { Command } from '../context.ts';

/** Runs the verb. Changes nothing, so it takes no lock. */
export const showAccount: Command = (context) =>
  withExistingAccount(
    context,
    (server) => `Could not find an existing account for server ${server}.`,
    async ({ stored, account }, { values }) => {
      const { contact, status } = await account.refresh({ signal: context.signal });
      const label = contact.length > 1 ? 'Email contacts' : 'Email contact';
      context.terminal.result(
        [
          `Account details for server ${values.server}:`,
          `  Account URL: ${account.url}`,
          `  Account Thumbprint: ${account.thumbprint}`,
          `  ${label}: ${contact.length === 0 ? 'none' : shownContacts(contact)}`,
        ].join('\n'),
      );
      return { result: { account: stored.id, accountUrl: account.url, thumbprint: account.thumbprint, contacts: contact, status, server: values.server } };
    },
  );
