// The HAProxy installer. Edits are gathered in a workspace; bundles hold keys and go beside the checkpoint, never into it,
// unless they replace a file of the administrator's.
import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { describeError, type Log, silentLog } from '@certward/base';
import { type Authenticator, type CallOptions, type Disk, type Enhancement, ensureFolder, type FileChange, type Installer, systemDisk, writeFileAtomic } from '@certward/engine';

import { type Checkpoints, openCheckpoints } from '../checkpoint/checkpoints.ts';
import { replaceFile } from '../checkpoint/config-file.ts';
import { runProgram } from '../checkpoint/run-program.ts';
import { bundlePayload, bundleSource, tryLeaf } from './bundle.ts';
import { certificateFiles, deployCertificate, renewedBundle } from './deploy.ts';
import { HaproxyError } from './errors.ts';
import { readFrontends } from './frontends.ts';
import { createHaproxyAuthenticator } from './http-01.ts';
import { reloadServer } from './reload.ts';
import { addEnhancement } from './rules.ts';
import { pushCertificate } from './run-time.ts';
import { openWorkspace, type Workspace } from './workspace.ts';

/** Options of {@link createHaproxyInstaller}. */
export interface HaproxyInstallerOptions {
  /** What is given to `haproxy -f`: a file, or a folder of `*.cfg` files. Default `/etc/haproxy/haproxy.cfg`. */
  readonly configFile?: string | undefined;
  /** Certbot's `--work-dir`, where checkpoints are kept. The caller holds its lock. */
  readonly workDir: string;
  /** Where bundles are written that the configuration does not place elsewhere. Default `/etc/haproxy/certs`. */
  readonly pemDir?: string | undefined;
  /** The run-time interface with level admin: a path or `host:port`. Without one every change is a reload. */
  readonly statsSocket?: string | undefined;
  /** The program. Default `haproxy`. */
  readonly ctl?: string | undefined;
  readonly masterSocket?: string | undefined;
  readonly pidFile?: string | undefined;
  readonly reloadCommand?: readonly string[] | undefined;
  /** Default 80. */
  readonly httpPort?: number | undefined;
  /** Default 443. */
  readonly httpsPort?: number | undefined;
  readonly log?: Log | undefined;
  readonly disk?: Disk | undefined;
}

/** Puts certificates into HAProxy: bundles, `crt-list`, binds, and the running process without dropping a connection. */
export function createHaproxyInstaller(options: HaproxyInstallerOptions): Installer {
  return new HaproxyInstaller(options);
}

class HaproxyInstaller implements Installer {
  readonly name = 'haproxy';
  readonly enhancements: readonly Enhancement[] = ['redirect', 'hsts'];
  readonly #options: HaproxyInstallerOptions;
  readonly #configFile: string;
  readonly #ctl: string;
  readonly #pemDir: string;
  readonly #disk: Disk;
  readonly #log: Log;
  readonly #checkpoints: Checkpoints;
  #opened: Workspace | undefined;
  /** The running process has read a configuration that is not the one on the disk. */
  #mustReload = false;
  /** Bundles written in this run that the running process does not have yet. */
  readonly #unpushed = new Set<string>();

  constructor(options: HaproxyInstallerOptions) {
    this.#options = options;
    this.#configFile = options.configFile ?? '/etc/haproxy/haproxy.cfg';
    this.#ctl = options.ctl ?? 'haproxy';
    this.#pemDir = options.pemDir ?? '/etc/haproxy/certs';
    this.#disk = options.disk ?? systemDisk;
    this.#log = options.log ?? silentLog;
    this.#checkpoints = openCheckpoints({ workDir: options.workDir, log: this.#log, disk: this.#disk });
  }

  async prepare(options: CallOptions = {}): Promise<void> {
    if (await this.#checkpoints.recover()) this.#mustReload = true;
    await this.configTest(options);
    this.#opened = openWorkspace(this.#configFile);
  }

  names(): readonly string[] {
    const workspace = this.#workspace();
    const mentioned = readFrontends(workspace).flatMap(({ names }) => [...names]);
    const served = certificateFiles(workspace).flatMap(({ path }) => (existsSync(path) ? (tryLeaf(readFileSync(path, 'latin1'))?.identifiers ?? []) : []));
    return [...new Set([...mentioned, ...served.filter(({ type }) => type === 'dns').map(({ value }) => value)])].sort();
  }

  deploy: Installer['deploy'] = (name, paths) => settle(() => deployCertificate(name, paths, { workspace: this.#workspace(), pemDir: this.#pemDir, ...this.#ports() }));

  enhance: Installer['enhance'] = (name, enhancement) => settle(() => addEnhancement(name, enhancement, { workspace: this.#workspace(), ...this.#ports() }));

  /** Bundles are left out: they hold private keys, and their place is in the messages of `deploy`. */
  pendingChanges(): readonly FileChange[] {
    return this.#workspace().changes();
  }

  async save(title: string, options: CallOptions = {}): Promise<void> {
    const workspace = this.#workspace();
    const changes = workspace.changes();
    const former = new Map([...workspace.bundles.keys()].map((path) => [path, existsSync(path) ? readFileSync(path) : undefined]));
    const bundles = [...workspace.bundles].filter(([path, content]) => former.get(path)?.equals(content) !== true);
    if (changes.length + bundles.length === 0) return;
    const isForeign = (path: string) => {
      const content = former.get(path);
      return content !== undefined && bundleSource(content) === undefined;
    };
    const paths = bundles.map(([path]) => path);
    const saved = [...changes.map(({ path }) => path), ...paths.filter(isForeign)];
    if (saved.length > 0) await this.#checkpoints.addFiles(saved, { notes: saved.map((path) => `Changed ${path}\n`).join('') });
    const created = paths.filter((path) => former.get(path) === undefined);
    if (created.length > 0) await this.#checkpoints.addNewFiles(created);
    try {
      for (const [path, content] of bundles) await this.#writeBundle(path, content);
      for (const { path, after } of changes) await replaceFile(path, after ?? '', { disk: this.#disk });
      await this.configTest(options);
    } catch (error) {
      await this.#takeBack(former);
      throw error;
    }
    await this.#checkpoints.finalize(title);
    const live = certificateFiles(workspace);
    // A new line of a bind needs a reload; a certificate in a list or folder, or under a known path, does not.
    if (changes.some(({ path }) => workspace.configPaths.includes(path))) this.#mustReload = true;
    if (changes.some(({ path }) => !workspace.configPaths.includes(path)) && !live.some(({ path, list }) => list !== undefined && paths.includes(path))) this.#mustReload = true;
    for (const path of paths) this.#unpushed.add(path);
    this.#opened = openWorkspace(this.#configFile);
  }

  async configTest({ signal }: CallOptions = {}): Promise<void> {
    const { status, output } = await runProgram([this.#ctl, '-c', '-f', this.#configFile], { signal });
    if (status === 0) return;
    throw new HaproxyError('configInvalid', `HAProxy does not accept its configuration: ${output}`, {
      details: { configFile: this.#configFile, status },
      hint: status === undefined ? 'install HAProxy, or name the program with --haproxy-ctl' : `correct what "${this.#ctl} -c -f ${this.#configFile}" complains about`,
    });
  }

  async restart(options: CallOptions = {}): Promise<void> {
    await this.#refreshBundles();
    if (this.#unpushed.size > 0 && !this.#mustReload && !(await this.#pushAll(options))) this.#mustReload = true;
    if (this.#mustReload) await this.#reload(options);
    this.#unpushed.clear();
    this.#mustReload = false;
  }

  async rollback(count: number, options: CallOptions = {}): Promise<{ readonly rolledBack: number }> {
    const { rolledBack } = await this.#checkpoints.rollback(count);
    this.#opened = undefined;
    await this.configTest(options);
    this.#opened = openWorkspace(this.#configFile);
    if (rolledBack > 0) await this.#reload(options);
    return { rolledBack };
  }

  createAuthenticator(): Authenticator {
    return createHaproxyAuthenticator({
      configFile: this.#configFile,
      checkpoints: this.#checkpoints,
      httpPort: this.#ports().httpPort,
      disk: this.#disk,
      configTest: (options) => this.configTest(options),
      reload: (options) => this.#reload(options),
    });
  }

  #workspace(): Workspace {
    this.#opened ??= openWorkspace(this.#configFile);
    return this.#opened;
  }

  #ports() {
    return { httpPort: this.#options.httpPort ?? 80, httpsPort: this.#options.httpsPort ?? 443 };
  }

  async #writeBundle(path: string, content: Uint8Array): Promise<void> {
    await ensureFolder(dirname(path), { mode: 0o700, disk: this.#disk });
    if (existsSync(path)) await replaceFile(path, content, { disk: this.#disk });
    else await writeFileAtomic(path, content, { mode: 0o600, disk: this.#disk });
  }

  async #takeBack(former: ReadonlyMap<string, Uint8Array | undefined>): Promise<void> {
    await this.#checkpoints.revertInProgress();
    for (const [path, content] of former) {
      if (content !== undefined && existsSync(path) && !readFileSync(path).equals(content)) await replaceFile(path, content, { disk: this.#disk });
    }
    this.#opened = undefined;
  }

  /** Bundles of renewed lineages are made anew, wherever the configuration has them. */
  async #refreshBundles(): Promise<void> {
    for (const { path } of certificateFiles(this.#workspace())) {
      if (!existsSync(path)) continue;
      const present = readFileSync(path);
      let wanted: Uint8Array | undefined;
      try {
        wanted = renewedBundle(present);
      } catch (error) {
        // The lineage is gone or half-way through a change: the bundle still works.
        this.#log.warn('bundle not refreshed', { path, reason: describeError(error) });
      }
      if (wanted === undefined || present.equals(wanted)) continue;
      await this.#writeBundle(path, wanted);
      this.#unpushed.add(path);
    }
  }

  /** False where a reload has to do it. */
  async #pushAll(options: CallOptions): Promise<boolean> {
    const { statsSocket } = this.#options;
    if (statsSocket === undefined) return false;
    const lists = new Map(certificateFiles(this.#workspace()).map(({ path, list }) => [path, list]));
    try {
      for (const path of this.#unpushed) {
        await pushCertificate(statsSocket, { path, payload: bundlePayload(readFileSync(path)), list: lists.get(path) }, options);
        this.#log.info('certificate replaced in the running HAProxy', { path });
      }
      return true;
    } catch (error) {
      options.signal?.throwIfAborted();
      this.#log.warn('HAProxy is reloaded, because its socket did not take the certificate', { reason: describeError(error) });
      return false;
    }
  }

  async #reload(options: CallOptions): Promise<void> {
    const { masterSocket, pidFile, reloadCommand } = this.#options;
    await reloadServer({ masterSocket, pidFile, command: reloadCommand, ctl: this.#ctl, configFile: this.#configFile }, options);
  }
}

/** What a synchronous edit throws rejects, as the port promises. */
function settle<T>(edit: () => T): Promise<T> {
  try {
    return Promise.resolve(edit());
  } catch (error) {
    return Promise.reject(error);
  }
}
