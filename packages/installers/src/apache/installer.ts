// The Apache installer: the port's methods over workspace, server and checkpoints.
import type { Authenticator, CallOptions, CertificatePaths, Enhancement, FileChange, Installer, InstallerEdit } from '@certward/engine';
import { createApacheAuthenticator } from './challenge/authenticator.ts';
import { deployCertificate } from './deploy/deploy.ts';
import { applyTlsOptions, planTlsOptions, type TlsOptionsPlan } from './deploy/tls-options.ts';
import { beginHsts, finishHsts, growHsts, type HstsContext, type HstsStep, isHstsDue } from './enhance/auto-hsts.ts';
import { readHstsState, writeHstsState } from './enhance/auto-hsts-state.ts';
import { apacheEnhancements, enhanceHosts } from './enhance/enhance.ts';
import { ApacheError } from './errors.ts';
import { certifiableNames } from './match/names.ts';
import { type ApacheInstallerOptions, type ResolvedOptions, resolveOptions } from './options.ts';
import { hasEdits, saveEdits } from './save.ts';
import { createServerControl, type ServerControl } from './server/control.ts';
import { Workspace } from './workspace.ts';

/** What Apache does beyond the port: HSTS whose `max-age` grows with the runs of `renew`. Each saves and reloads by itself. */
export interface ApacheInstaller extends Installer {
  /** Begins with a minute for the https hosts of `names`. Throws `headerConflict` where one has the header already. */
  enableAutoHsts(names: readonly string[], options?: CallOptions): Promise<InstallerEdit>;
  /** True when {@link growAutoHsts} would change something. Reads one file; the installer need not be prepared. */
  isAutoHstsDue(): boolean;
  /** Lengthens what is due; to be called on every run of `renew`. */
  growAutoHsts(options?: CallOptions): Promise<InstallerEdit>;
  /** After a renewal of the certificate at `paths`: makes what has reached the last step permanent. */
  finishAutoHsts(paths: CertificatePaths, options?: CallOptions): Promise<InstallerEdit>;
  createAuthenticator(): Authenticator;
}

/** Apache, as an {@link Installer}. */
export function createApacheInstaller(options: ApacheInstallerOptions): ApacheInstaller {
  return new CertbotLikeInstaller(resolveOptions(options));
}

class CertbotLikeInstaller implements ApacheInstaller {
  readonly name = 'apache';
  readonly enhancements = apacheEnhancements;
  readonly #options: ResolvedOptions;
  readonly #server: ServerControl;
  #authenticator: Authenticator | undefined;
  #workspace: Workspace | undefined;
  #tlsOptions: TlsOptionsPlan | undefined;
  /** What the edits since the last save did. */
  #notes: string[] = [];

  constructor(options: ResolvedOptions) {
    this.#options = options;
    this.#server = createServerControl(options.layout, { log: options.log });
  }

  async prepare(options?: CallOptions): Promise<void> {
    const { checkpoints, log, layout } = this.#options;
    await this.#server.find();
    // What a killed run left half-done may itself be why the test would fail.
    if (await checkpoints.recover()) log.warn('took back what an interrupted run had left open', { serverRoot: layout.serverRoot });
    await this.#server.configTest(options);
    const version = await this.#server.version(options);
    if (version[0] !== 2 || (version[1] ?? 0) < 4) {
      throw new ApacheError('versionUnsupported', `Apache ${version.join('.')} is too old`, { details: { version }, hint: 'version 2.4 or later is needed' });
    }
    await this.#load(options);
    // Skipped files are known once all were read.
    log.debug('configuration read', { hosts: this.#ready.tree.hosts.length });
    for (const { path, reason } of this.#ready.files.skipped) log.warn('configuration file left out', { path, reason });
  }

  names(): readonly string[] {
    return certifiableNames(this.#ready.tree.hosts);
  }

  deploy(name: string, paths: CertificatePaths, { signal }: CallOptions = {}): Promise<InstallerEdit> {
    return this.#edit(signal, (workspace) => deployCertificate(workspace, { name, paths, cloneFolder: this.#options.cloneFolder }));
  }

  enhance(name: string, enhancement: Enhancement, { signal, paths }: CallOptions & { readonly paths?: CertificatePaths } = {}): Promise<InstallerEdit> {
    return this.#edit(signal, (workspace) => enhanceHosts(workspace, { name, enhancement, paths }));
  }

  createAuthenticator(): Authenticator {
    this.#authenticator ??= createApacheAuthenticator({
      options: this.#options,
      server: this.#server,
      load: async (options) => (await this.#read(options)).workspace,
    });
    return this.#authenticator;
  }

  enableAutoHsts(names: readonly string[], options?: CallOptions): Promise<InstallerEdit> {
    return this.#stepHsts('Enabling AutoHSTS', (workspace, context) => beginHsts(workspace, names, context), options);
  }

  isAutoHstsDue(): boolean {
    return isHstsDue(readHstsState(this.#options.configDir), this.#nowSeconds());
  }

  growAutoHsts(options?: CallOptions): Promise<InstallerEdit> {
    return this.#stepHsts('Increased HSTS max-age values', growHsts, options);
  }

  finishAutoHsts(paths: CertificatePaths, options?: CallOptions): Promise<InstallerEdit> {
    return this.#stepHsts('Made HSTS max-age permanent', (workspace, context) => finishHsts(workspace, paths, context), options);
  }

  pendingChanges(): readonly FileChange[] {
    return this.#workspace?.files.changes() ?? [];
  }

  async save(title: string, options?: CallOptions): Promise<void> {
    const { checkpoints, log, configDir } = this.#options;
    const workspace = this.#ready;
    if (this.#tlsOptions !== undefined) await applyTlsOptions(this.#tlsOptions, { configDir, log });
    if (!hasEdits(workspace)) return;
    try {
      await saveEdits(workspace, { checkpoints, log, temporary: false, notes: this.#notes, configTest: (call) => this.#server.configTest(call) }, options);
      await checkpoints.finalize(title);
    } finally {
      await this.#load();
    }
  }

  configTest(options?: CallOptions): Promise<void> {
    return this.#server.configTest(options);
  }

  restart(options?: CallOptions): Promise<void> {
    return this.#server.reload(options);
  }

  async rollback(count: number, options?: CallOptions): Promise<{ readonly rolledBack: number }> {
    const { rolledBack } = await this.#options.checkpoints.rollback(count);
    if (rolledBack > 0) await this.#server.reload(options);
    if (this.#workspace !== undefined) await this.#load(options);
    return { rolledBack };
  }

  get #ready(): Workspace {
    if (this.#workspace !== undefined) return this.#workspace;
    throw new ApacheError('notPrepared', 'the Apache installer was not prepared');
  }

  /** Reads everything afresh; gathered edits are forgotten. */
  async #load(options?: CallOptions): Promise<void> {
    ({ workspace: this.#workspace, tlsOptions: this.#tlsOptions } = await this.#read(options));
    this.#notes = [];
  }

  async #read(options?: CallOptions): Promise<{ workspace: Workspace; tlsOptions: TlsOptionsPlan }> {
    const { layout, httpPort, httpsPort, configDir } = this.#options;
    const runtime = await this.#server.runtime(options);
    const tlsOptions = planTlsOptions(configDir, runtime.version);
    return { tlsOptions, workspace: new Workspace({ layout, runtime, httpPort, httpsPort, tlsOptions }) };
  }

  async #stepHsts(title: string, step: (workspace: Workspace, context: HstsContext) => HstsStep, options?: CallOptions): Promise<InstallerEdit> {
    const { configDir, random } = this.#options;
    const state = readHstsState(configDir);
    const done = step(this.#ready, { state, nowSeconds: this.#nowSeconds(), random });
    this.#notes.push(...done.messages);
    const files = this.pendingChanges().map(({ path }) => path);
    if (hasEdits(this.#ready)) {
      await this.save(title, options);
      await this.restart(options);
    }
    if (done.messages.length > 0) await writeHstsState(configDir, done.state);
    return { messages: done.messages, files };
  }

  #nowSeconds(): number {
    return this.#options.clock.now().getTime() / 1000;
  }

  #edit(signal: AbortSignal | undefined, work: (workspace: Workspace) => InstallerEdit): Promise<InstallerEdit> {
    return Promise.resolve().then(() => {
      signal?.throwIfAborted();
      const edit = work(this.#ready);
      this.#notes.push(...edit.messages);
      return edit;
    });
  }
}
