// What the issuances of one run share: store, journal, hooks, one client and account per CA, authenticators to close.
import path from 'node:path';
import type { Account, AcmeClient } from '@certward/acme';
import { type Authenticator, createFileJournal, type Journal, type LineageStore, openLineageStore, recoverJournal } from '@certward/engine';
import { openAccount } from '../account/select-account.ts';
import { createClient } from '../compose/acme-client.ts';
import { createAuthenticator } from '../compose/authenticators.ts';
import type { Context } from '../context.ts';
import { HookRunner } from '../hooks/hook-runner.ts';
import type { AuthenticatorName } from '../settings/plugins.ts';
import type { Settings } from '../settings/settings.ts';
import { version } from '../version.ts';
import { ownWorkFolder } from '../work-folder.ts';

/** An account that is ready to order. */
export interface OrderingAccount {
  readonly id: string;
  readonly account: Account;
  readonly client: AcmeClient;
}

/** Open while the locks of the run are held. */
export class IssueSession implements AsyncDisposable {
  readonly context: Context;
  readonly store: LineageStore;
  readonly journal: Journal;
  readonly hooks: HookRunner;
  readonly #clients = new Map<string, AcmeClient>();
  readonly #accounts = new Map<string, OrderingAccount>();

  constructor(context: Context) {
    this.context = context;
    this.store = openLineageStore({ configDir: context.folders.config, programVersion: version, log: context.log });
    this.journal = createFileJournal({ folder: path.join(ownWorkFolder(context), 'journal'), log: context.log });
    this.hooks = new HookRunner(context);
  }

  /** The client for the server of `settings`; the same one for all who ask alike. */
  client(settings: Settings, authenticator?: string): AcmeClient {
    const { server, noVerifySsl, userAgent } = settings.values;
    const key = JSON.stringify([server, noVerifySsl, userAgent, authenticator]);
    const known = this.#clients.get(key);
    if (known !== undefined) return known;
    const client = createClient(settings, this.context, authenticator);
    this.#clients.set(key, client);
    return client;
  }

  /** The account that orders, registered now if there is none. */
  async account(settings: Settings, authenticator?: string): Promise<OrderingAccount> {
    const client = this.client(settings, authenticator);
    const { server, account: wanted } = settings.values;
    const key = JSON.stringify([server, wanted, authenticator]);
    const known = this.#accounts.get(key);
    if (known !== undefined) return known;
    const { stored, account } = await openAccount(client, settings, this.context);
    const opened = { id: stored.id, account, client };
    this.#accounts.set(key, opened);
    return opened;
  }

  /** Removes what earlier, killed runs left in the world, as far as the authenticator of this run can reach it. */
  async recover(name: AuthenticatorName, settings: Settings): Promise<void> {
    if ((await this.journal.list()).every(({ presentations }) => presentations.length === 0)) return;
    const authenticator: Authenticator = await createAuthenticator(name, settings, this.context);
    const { removed, failures } = await recoverJournal(this.journal, {
      authenticatorOf: (presentation) => (presentation.authenticator === name ? authenticator : undefined),
      log: this.context.log,
    });
    await authenticator.close?.();
    if (removed > 0) this.context.terminal.detail(`Removed ${removed} challenge answer(s) that an interrupted run had left.`);
    for (const failure of failures) this.context.terminal.warning(`could not clean up after an interrupted run: ${failure.message}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients.values()) await client.close();
  }
}
