// What the issuances of one run share: store, journal, hooks, one client and account per CA, authenticators to close.
import path from 'node:path';
import type { Account, AcmeClient } from '@certward/acme';
import { type Authenticator, createFileJournal, type Journal, type JournalEntry, type LineageStore, openLineageStore, recoverJournal } from '@certward/engine';
import { parseCertificate } from '@certward/pki';
import { openAccount } from '../account/select-account.ts';
import { createClient } from '../compose/acme-client.ts';
import { createAuthenticator } from '../compose/authenticators.ts';
import type { Context } from '../context.ts';
import { HookRunner } from '../hooks/hook-runner.ts';
import { InstallerSession } from '../installers/session.ts';
import { parseAuthenticatorMap } from '../settings/authenticator-map.ts';
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

/** What must not happen twice at a time: opening accounts, cleaning up after earlier runs, authenticators that want to be alone. */
type Turn = 'account' | 'recovery' | 'authenticator';

/** What issuances that run side by side share. */
class SharedSession {
  readonly clients = new Map<string, AcmeClient>();
  readonly accounts = new Map<string, Promise<OrderingAccount>>();
  /** Authenticators with a port of their own: two of them would be in each other's way. */
  readonly listeners = new Map<string, Authenticator>();
  /** Journal entries that issuances of this run work on. */
  readonly inUse = new Set<string>();
  readonly turns = new Map<Turn, Promise<unknown>>();
}

/** Open while the locks of the run are held. */
export class IssueSession implements AsyncDisposable {
  readonly context: Context;
  readonly store: LineageStore;
  readonly journal: Journal;
  readonly hooks: HookRunner;
  /** The web servers that issuances of this run prove control through or install into. */
  readonly servers: InstallerSession;
  readonly #shared: SharedSession;

  constructor(context: Context, from?: IssueSession) {
    this.context = context;
    this.#shared = from === undefined ? new SharedSession() : from.#shared;
    this.store = from?.store ?? openLineageStore({ configDir: context.folders.config, programVersion: version, log: context.log });
    this.journal = from?.journal ?? createFileJournal({ folder: path.join(ownWorkFolder(context), 'journal'), log: context.log });
    this.hooks = from?.hooks.withContext(context) ?? new HookRunner(context);
    this.servers = from?.servers ?? new InstallerSession(context);
  }

  /** The same session, reporting elsewhere. Only the first one is disposed of. */
  withContext(context: Context): IssueSession {
    return new IssueSession(context, this);
  }

  /** The client for the server of `settings`; the same one for all who ask alike. */
  client(settings: Settings, authenticator?: string): AcmeClient {
    const { server, noVerifySsl, userAgent } = settings.values;
    const key = JSON.stringify([server, noVerifySsl, userAgent, authenticator]);
    const { clients } = this.#shared;
    const known = clients.get(key);
    if (known !== undefined) return known;
    const client = createClient(settings, this.context, authenticator);
    clients.set(key, client);
    return client;
  }

  /** The account that orders, registered now if there is none. */
  async account(settings: Settings, authenticator?: string): Promise<OrderingAccount> {
    const { server, account: wanted } = settings.values;
    const key = JSON.stringify([server, wanted, authenticator]);
    const { accounts } = this.#shared;
    const opening = accounts.get(key) ?? this.inTurn('account', () => this.#openAccount(settings, authenticator));
    accounts.set(key, opening);
    try {
      return await opening;
    } catch (error) {
      accounts.delete(key);
      throw error;
    }
  }

  async #openAccount(settings: Settings, authenticator: string | undefined): Promise<OrderingAccount> {
    const client = this.client(settings, authenticator);
    const { stored, account } = await openAccount(client, settings, this.context);
    return { id: stored.id, account, client };
  }

  /** The authenticator for `settings`. Give it back with {@link IssueSession.release}. */
  async authenticator(name: AuthenticatorName, settings: Settings): Promise<Authenticator> {
    const key = listenerKey(name, settings);
    const known = key === undefined ? undefined : this.#shared.listeners.get(key);
    if (known !== undefined) return known;
    const made = await createAuthenticator(name, settings, this);
    // Another issuance may have made the same one meanwhile.
    const shared = key === undefined ? undefined : (this.#shared.listeners.get(key) ?? made);
    if (key !== undefined && shared !== undefined) this.#shared.listeners.set(key, shared);
    return shared ?? made;
  }

  /** Closes an authenticator, unless others of this run may need it. */
  async release(authenticator: Authenticator): Promise<void> {
    if (![...this.#shared.listeners.values()].includes(authenticator)) await authenticator.close?.();
  }

  /** Runs `work` when nothing else that asked for the same turn is running. */
  inTurn<T>(turn: Turn, work: () => Promise<T>): Promise<T> {
    const { turns } = this.#shared;
    const mine = (turns.get(turn) ?? Promise.resolve()).then(work);
    turns.set(turn, mine.catch(() => undefined));
    return mine;
  }

  /**
   * Runs `work` on the journal entry `id`, after removing what earlier, killed runs left in the world, as far as the
   * authenticator of this run can reach it.
   */
  async recovered<T>({ id, name, settings }: { readonly id: string; readonly name: AuthenticatorName; readonly settings: Settings }, work: () => Promise<T>): Promise<T> {
    const { inUse } = this.#shared;
    await this.inTurn('recovery', async () => {
      for (const one of new Set([name, ...parseAuthenticatorMap(settings.values).values()])) await this.recover(one, settings);
      inUse.add(id);
    });
    try {
      return await work();
    } finally {
      inUse.delete(id);
    }
  }

  /** Cleans up alone, for work that has no entry of its own. */
  async recover(name: AuthenticatorName, settings: Settings): Promise<void> {
    const { inUse } = this.#shared;
    const { log, terminal } = this.context;
    if ((await this.journal.list()).every((entry) => inUse.has(entry.id) || (entry.presentations.length === 0 && !this.#isStored(entry)))) return;
    const authenticator = await this.authenticator(name, settings);
    const { removed, failures } = await recoverJournal(this.journal, {
      authenticatorOf: (presentation) => (presentation.authenticator === name ? authenticator : undefined),
      isInUse: ({ id }) => inUse.has(id),
      isStored: (entry) => this.#isStored(entry),
      log,
    });
    await this.release(authenticator);
    if (removed > 0) terminal.detail(`Removed ${removed} challenge answer(s) that an interrupted run had left.`);
    for (const failure of failures) terminal.warning(`could not clean up after an interrupted run: ${failure.message}`);
  }

  /** Whether the certificate of a journal entry is that of its lineage: the run was killed after it had stored it. */
  #isStored({ id, certificatePem }: JournalEntry): boolean {
    const name = id.slice(0, id.indexOf(' '));
    if (certificatePem === undefined || !this.store.names().includes(name)) return false;
    try {
      return parseCertificate(certificatePem).serial === this.store.load(name, { repair: false }).certificate.serial;
    } catch {
      // A broken lineage is reported where it is used.
      return false;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const authenticator of this.#shared.listeners.values()) await authenticator.close?.();
    for (const client of this.#shared.clients.values()) await client.close();
    await this.servers[Symbol.asyncDispose]();
  }
}

/** Tells apart the ports that authenticators listen on; `undefined` for those that have none. */
function listenerKey(name: AuthenticatorName, { values }: Settings): string | undefined {
  if (name === 'standalone') return `${name} ${values.http01Port} ${values.http01Address}`;
  if (name === 'tls-alpn') return `${name} ${values.tlsAlpn01Port} ${values.tlsAlpn01Address}`;
  return undefined;
}
