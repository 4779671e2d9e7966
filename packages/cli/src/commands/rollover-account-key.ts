// `rollover_account_key`: a new key for the account (RFC 8555 §7.3.5).
import { openLineageStore, pointLineagesAt, rollOverStoredAccount } from '@certward/engine';
import { generatePrivateKey } from '@certward/pki';
import { accountKeySpec } from '../account/key-spec.ts';
import { accountStoreOf } from '../account/select-account.ts';
import { withExistingAccount } from '../account/with-account.ts';
import { withLocks } from '../compose/locks.ts';
import type { Command } from '../context.ts';

/** Runs the verb. */
export const rolloverAccountKey: Command = (context) =>
  withLocks(context, () =>
    withExistingAccount(
      context,
      (server) => `Could not find an existing account for server ${server}.`,
      async ({ stored, client }, settings) => {
        const { folders, log, signal, terminal } = context;
        const lineages = openLineageStore({ configDir: folders.config, log });
        const newKey = await generatePrivateKey(accountKeySpec(settings.values));
        const changed = await rollOverStoredAccount(accountStoreOf(settings, context), stored.id, {
          client,
          newKey,
          replaced: (ids) => pointLineagesAt(lineages, ids),
          signal,
        });
        terminal.result(`The account has a new key. Its id here is now ${changed.id}.`);
        return { result: { account: changed.id, previousAccount: stored.id, accountUrl: changed.url } };
      },
    ),
  );
