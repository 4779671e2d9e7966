// The Apache installer: the port's methods over workspace, server and checkpoints.
import type { CallOptions, CertificatePaths, Enhancement, FileChange, Installer, InstallerEdit } from '@certward/engine';
import { deployCertificate } from './deploy/deploy.ts';
import { applyTlsOptions, planTlsOptions, type TlsOptionsPlan } from './deploy/tls-options.ts';
import { ApacheError } from './errors.ts';
import { certifiableNames } from './match/names.ts';
import { type ApacheInstallerOptions, type ResolvedOptions, resolveOptions } from './options.ts';
import { hasEdits, saveEdits } from './save.ts';
import { createServerControl, type ServerControl } from './server/control.ts';
import { Workspace } from './workspace.ts';

/** Apache, as an {@link Installer}. */
export function createApacheInstaller(options: ApacheInstallerOptions): Installer {
  return new ApacheInstaller(resolveOptions(options));
}

class ApacheInstaller implements Installer {
  readonly name = 'apache';
  readonly enhancements = ['redirect', 'hsts', 'uir', 'staple'] as const satisfies readonly Enhancement[];
  readonly #options: ResolvedOptions;
  readonly #server: ServerControl;
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
    for (const { path, reason } of this.#ready.files.skipped) log.warn('configuration file left out', { path, reason });
  }

  names(): readonly string[] {
    return certifiableNames(this.#ready.tree.hosts);
  }

  deploy(name: string, paths: CertificatePaths, { signal }: CallOptions = {}): Promise<InstallerEdit> {
    return this.#edit(signal, (workspace) => deployCertificate(workspace, { name, paths, cloneFolder: this.#options.cloneFolder }));
  }

  enhance(name: string, enhancement: Enhancement, { signal }: CallOptions & { readonly paths?: CertificatePaths } = {}): Promise<InstallerEdit> {
    return this.#edit(signal, () => {
      throw new ApacheError('enhancementUnsupported', `"${enhancement}" is not supported for "${name}"`);
    });
  }

  pendingChanges(): readonly FileChange[] {
    return this.#workspace?.files.changes() ?? [];
  }

  async save(title: string, options?: CallOptions): Promise<void> {
    const { checkpoints, log, configDir } = this.#options;
    const workspace = this.#ready;
    if (this.#tlsOptions !== undefined) await applyTlsOptions(this.#tlsOptions, { configDir, log });
    if (!hasEdits(workspace)) return;
    const notes = this.#notes;
    this.#notes = [];
    try {
      await saveEdits(workspace, { checkpoints, log, temporary: false, notes, configTest: (call) => this.#server.configTest(call) }, options);
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
    const { layout, httpPort, httpsPort, configDir } = this.#options;
    const runtime = await this.#server.runtime(options);
    this.#tlsOptions = planTlsOptions(configDir, runtime.version);
    this.#workspace = new Workspace({ layout, runtime, httpPort, httpsPort, tlsOptions: this.#tlsOptions });
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
