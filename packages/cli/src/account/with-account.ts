// The common frame of the account verbs: settings, client, and an account that must exist.
import type { AcmeClient } from '@certward/acme';
import { createClient } from '../compose/acme-client.ts';
import type { CommandResult, Context } from '../context.ts';
import { cliError } from '../errors.ts';
import { resolveServer } from '../settings/server.ts';
import { type Settings, settingsOf } from '../settings/settings.ts';
import { type OpenedAccount } from './register-account.ts';
import { selectStoredAccount } from './select-account.ts';

/** Runs `work` with a client that is closed afterwards. */
export async function withClient<T>(context: Context, work: (client: AcmeClient, settings: Settings) => Promise<T>): Promise<T> {
  const settings = resolveServer(settingsOf(context.arguments, new Map()));
  await using client = createClient(settings, context);
  return await work(client, settings);
}

/** Runs `work` with the existing account. Throws `accountMissing` with `missing` when there is none. */
export function withExistingAccount(
  context: Context,
  missing: (server: string) => string,
  work: (opened: OpenedAccount & { readonly client: AcmeClient }, settings: Settings) => Promise<CommandResult>,
): Promise<CommandResult> {
  return withClient(context, async (client, settings) => {
    const stored = await selectStoredAccount(settings, context);
    if (stored === undefined) {
      throw cliError('accountMissing', missing(settings.values.server), { hint: `\`${context.program} register\` makes one` });
    }
    return await work({ stored, account: client.openAccount(stored), client }, settings);
  });
}
