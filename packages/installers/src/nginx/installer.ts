// The nginx installer: the engine's Installer port over the parts in this folder. Edits stay in memory until `save`.
import { hostname as machineName } from 'node:os';
import { join, resolve } from 'node:path';
import { type Clock, type Log, silentLog, systemClock } from '@certward/base';
import type { CallOptions, CertificatePaths, Disk, Enhancement, FileChange, Installer, InstallerEdit } from '@certward/engine';
import type { Checkpoints } from '../checkpoint/checkpoints.ts';
import type { EditContext } from './edits/context.ts';
import { deployCertificate, type MadeVhosts } from './edits/deploy.ts';
import { addHsts, losesHeaders } from './edits/hsts.ts';
import { addRedirect } from './edits/redirect.ts';
import { addStapling, namesResponder } from './edits/staple.ts';
import { NginxError } from './errors.ts';
import { createNginxAuthenticator } from './http-01/authenticator.ts';
import { ChallengeBoard, writeChanges } from './http-01/challenge-board.ts';
import { publicNames } from './match/public-names.ts';
import { parseNginx } from './parser/parse.ts';
import { textOf } from './parser/words.ts';
import { type Control, createControl } from './server/control.ts';
import type { NginxVersion } from './server/version.ts';
import { planShippedFile, shippedFiles, writeShippedFiles } from './snippets/install.ts';
import { changesOf } from './tree/changes.ts';
import { type Configuration, loadConfiguration, mainFile } from './tree/configuration.ts';
import type { Vhost } from './tree/vhost.ts';

/** Options of {@link createNginxInstaller}. */
export interface NginxInstallerOptions {
  /** The folder with nginx.conf; Certbot's `--nginx-server-root`. */
  readonly serverRoot: string;
  /** Name or path of the program; Certbot's `--nginx-ctl`. Default `nginx`. */
  readonly ctl?: string | undefined;
  /** Certbot's `--config-dir`, where the TLS snippets lie. */
  readonly configDir: string;
  readonly workDir: string;
  /** Default 80; Certbot's `--http-01-port`. */
  readonly httpPort?: number | undefined;
  /** Default 443; Certbot's `--https-port`. */
  readonly httpsPort?: number | undefined;
  /** The port whose visitors are redirected. Default 80, whatever `httpPort` is, as with Certbot. */
  readonly redirectPort?: number | undefined;
  /** How long to wait for a reload at most. Default 1; Certbot's `--nginx-sleep-seconds`. */
  readonly sleepSeconds?: number | undefined;
  readonly checkpoints: Checkpoints;
  /** Default: the machine's. */
  readonly disk?: Disk | undefined;
  readonly log?: Log | undefined;
  readonly clock?: Clock | undefined;
}

/** The nginx installer. The caller holds Certbot's locks, that of the server root among them. */
export function createNginxInstaller(options: NginxInstallerOptions): Installer {
  return new NginxInstaller(options);
}

class NginxInstaller implements Installer {
  readonly name = 'nginx';
  readonly enhancements: readonly Enhancement[] = ['redirect', 'hsts', 'staple'];
  readonly #options: NginxInstallerOptions;
  readonly #serverRoot: string;
  readonly #log: Log;
  /** The configuration is read several times in a run; what is wrong with it is said once. */
  readonly #readLog: Log;
  readonly #control: Control;
  readonly #board: ChallengeBoard;
  readonly #httpPort: string;
  readonly #httpsPort: string;
  #configuration: Configuration | undefined;
  #version: NginxVersion | undefined;
  #made: MadeVhosts = new Map();
  #notes = '';

  constructor(options: NginxInstallerOptions) {
    const { ctl = 'nginx', sleepSeconds = 1, log = silentLog, clock = systemClock, checkpoints, configDir, workDir, disk } = options;
    this.#options = options;
    this.#serverRoot = resolve(options.serverRoot);
    this.#log = log;
    this.#readLog = warnOnce(log);
    this.#httpPort = String(options.httpPort ?? 80);
    this.#httpsPort = String(options.httpsPort ?? 443);
    this.#control = createControl({ ctl, configPath: join(this.#serverRoot, 'nginx.conf'), sleepSeconds, pidDirective: () => this.#pidDirective(), clock, log });
    const ports = { httpPort: this.#httpPort, httpsPort: this.#httpsPort };
    this.#board = new ChallengeBoard({ load: () => this.#load(), control: this.#control, checkpoints, configDir, workDir, disk, ...ports });
  }

  async prepare(options: CallOptions = {}): Promise<void> {
    const recovered = await this.#board.whileDown(async () => {
      const hadOpenCheckpoint = await this.#options.checkpoints.recover();
      this.#version = await this.#control.version(options);
      mainFile(this.#serverRoot);
      // nginx judges first: its message says more than that of a parser that stopped.
      await this.#control.test(options);
      this.#reset();
      return hadOpenCheckpoint;
    });
    if (!recovered) return;
    this.#log.warn('edits of an interrupted run were taken back', { serverRoot: this.#serverRoot });
    await this.#control.reload(options);
  }

  names(): readonly string[] {
    return publicNames(this.#loaded().vhosts);
  }

  deploy(name: string, paths: CertificatePaths, { signal }: CallOptions = {}): Promise<InstallerEdit> {
    return attempt(() => {
      signal?.throwIfAborted();
      const vhosts = deployCertificate(name, paths, { ...this.#context(), made: this.#made });
      for (const vhost of vhosts) this.#note(vhost, [`ssl_certificate ${paths.fullchain}`, `ssl_certificate_key ${paths.privkey}`]);
      const files = filesOf(vhosts);
      return { files, messages: files.map((file) => `Successfully deployed certificate for ${name} to ${file}`) };
    });
  }

  enhance(name: string, enhancement: Enhancement, options: CallOptions & { readonly paths?: CertificatePaths } = {}): Promise<InstallerEdit> {
    return attempt(() => {
      options.signal?.throwIfAborted();
      switch (enhancement) {
        case 'redirect':
          return this.#redirect(name);
        case 'hsts':
          return this.#hsts(name);
        case 'staple':
          return this.#staple(name, options.paths);
        case 'uir':
        default:
          throw new NginxError('enhancementUnsupported', `the nginx installer has no enhancement "${enhancement}"`, { hint: 'leave --uir out' });
      }
    });
  }

  pendingChanges(): readonly FileChange[] {
    // Looking is no occasion for warnings: saving will warn.
    return [...this.#shippedChanges(silentLog), ...changesOf(this.#loaded())];
  }

  async save(title: string, options: CallOptions = {}): Promise<void> {
    await writeShippedFiles(this.#options.configDir, this.#shippedChanges(this.#log), this.#options);
    const changes = changesOf(this.#loaded());
    if (changes.length === 0) return;
    await this.#board.whileDown(() => this.#write(changes, title, options));
  }

  configTest(options: CallOptions = {}): Promise<void> {
    return this.#control.test(options);
  }

  restart(options: CallOptions = {}): Promise<void> {
    return this.#control.restart(options);
  }

  async rollback(count: number, options: CallOptions = {}): Promise<{ readonly rolledBack: number }> {
    const { rolledBack, available } = await this.#board.whileDown(async () => {
      const outcome = await this.#options.checkpoints.rollback(count);
      this.#reset();
      return outcome;
    });
    if (available < count) this.#log.warn(`Unable to rollback ${count} checkpoints, only ${available} exist`);
    if (rolledBack > 0) await this.#control.restart(options);
    return { rolledBack };
  }

  createAuthenticator() {
    return createNginxAuthenticator(this.#board);
  }

  async #write(changes: readonly FileChange[], title: string, options: CallOptions): Promise<void> {
    const { checkpoints } = this.#options;
    options.signal?.throwIfAborted();
    try {
      await checkpoints.addFiles(changes.map(({ path }) => path), { notes: this.#notes });
      await writeChanges(changes, this.#options.disk);
      await this.#control.test(options);
    } catch (error) {
      // The files come back before anybody hears of the failure; the edits in memory are void.
      await checkpoints.revertInProgress();
      this.#reset();
      throw error;
    }
    await checkpoints.finalize(title);
    this.#reset();
  }

  #redirect(name: string): InstallerEdit {
    const port = String(this.#options.redirectPort ?? 80);
    const outcome = addRedirect(name, port, this.#context());
    if (outcome.state === 'noPlainServer') return { files: [], messages: [`No matching insecure server blocks listening on port ${port} found.`] };
    const files = filesOf(outcome.vhosts);
    if (outcome.state === 'present') return { files: [], messages: files.map((file) => `Traffic on port ${port} already redirecting to ssl in ${file}`) };
    for (const vhost of outcome.vhosts) this.#note(vhost, [`redirect of ${name}`]);
    return { files, messages: files.map((file) => `Redirecting all traffic on port ${port} to ssl in ${file}`) };
  }

  #hsts(name: string): InstallerEdit {
    const vhosts = addHsts(name, this.#context());
    for (const vhost of vhosts) this.#note(vhost, ['Strict-Transport-Security']);
    const files = filesOf(vhosts);
    if (vhosts.length === 0) return { files, messages: [`Existing Strict-Transport-Security header for ${name}`] };
    const added = files.map((file) => `Strict-Transport-Security header added for ${name} in ${file}`);
    return { files, messages: [...added, ...filesOf(vhosts.filter((vhost) => losesHeaders(vhost, this.#loaded()))).map(lostHeaders)] };
  }

  #staple(name: string, paths: CertificatePaths | undefined): InstallerEdit {
    if (paths === undefined) throw new NginxError('enhancementUnsupported', 'stapling needs the path of the chain', { hint: 'give --chain-path, or --cert-name' });
    if (this.#version?.canStaple === false) throw new NginxError('enhancementUnsupported', 'stapling needs nginx 1.3.7 or later');
    if (!namesResponder(paths.cert)) {
      const reason = `The certificate for ${name} names no OCSP responder: its CA no longer offers OCSP, so there is nothing to staple. Nothing was changed.`;
      return { files: [], messages: [reason] };
    }
    const vhosts = addStapling(name, paths, this.#context());
    for (const vhost of vhosts) this.#note(vhost, [`ssl_trusted_certificate ${paths.chain}`]);
    const files = filesOf(vhosts);
    return { files, messages: files.map((file) => `OCSP stapling was enabled for ${name} in ${file}`) };
  }

  #context(): EditContext {
    const { options, dhparams } = this.#shipped();
    const shippedOptions = parseNginx(options.content, options.path);
    return {
      configuration: this.#loaded(),
      httpPort: this.#httpPort,
      httpsPort: this.#httpsPort,
      snippets: { optionsPath: options.path, dhparamsPath: dhparams.path, options: shippedOptions },
    };
  }

  #shipped() {
    return shippedFiles(resolve(this.#options.configDir), this.#version ?? { tls13: true, ticketsCanBeOff: true });
  }

  #shippedChanges(log: Log): FileChange[] {
    const { options, dhparams } = this.#shipped();
    return [...planShippedFile(options, log), ...planShippedFile(dhparams, log)];
  }

  #note(vhost: Vhost, lines: readonly string[]): void {
    const addresses = vhost.addresses.map(({ host, port }) => (host === '' ? port : `${host}:${port}`)).join(', ');
    this.#notes += [`Changed vhost at ${vhost.file.path} with addresses of ${addresses}`, ...lines.map((line) => `\t${line}`), ''].join('\n');
  }

  /** Forgets edits and reads the files again. */
  #reset(): void {
    this.#configuration = this.#load();
    this.#made = new Map();
    this.#notes = '';
  }

  #load(): Configuration {
    return loadConfiguration({ serverRoot: this.#serverRoot, log: this.#readLog, hostname: machineName() });
  }

  #loaded(): Configuration {
    this.#configuration ??= this.#load();
    return this.#configuration;
  }

  /** Not kept when read here: challenges may be in the files at that moment. */
  #pidDirective(): string | undefined {
    const value = (this.#configuration ?? this.#load()).mainDirective('pid');
    return value === undefined ? undefined : textOf(value);
  }
}

function lostHeaders(file: string): string {
  return `The add_header lines of the http block no longer reach the server block in ${file}: nginx inherits them only into blocks without one of their own. Repeat them there.`;
}

function warnOnce(log: Log): Log {
  const said = new Set<string>();
  return {
    debug: (message, fields) => log.debug(message, fields),
    info: (message, fields) => log.info(message, fields),
    error: (message, fields) => log.error(message, fields),
    warn(message, fields) {
      const key = JSON.stringify([message, fields]);
      if (!said.has(key)) log.warn(message, fields);
      said.add(key);
    },
  };
}

/** The files of blocks, each once. */
function filesOf(vhosts: readonly Vhost[]): string[] {
  return [...new Set(vhosts.map((vhost) => vhost.file.path))];
}

/** What `work` throws becomes a rejection: the port promises one. */
async function attempt<T>(work: () => T): Promise<T> {
  return await Promise.resolve().then(work);
}
