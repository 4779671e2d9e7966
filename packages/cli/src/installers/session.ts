// The web servers of one run: each prepared once, and locked while the run lasts.
import { existsSync } from 'node:fs';
import { acquireCertbotLocks, type CertbotLocks, type Installer } from '@certward/engine';
import { composeInstaller } from '../compose/installers.ts';
import type { Context } from '../context.ts';
import type { InstallerName } from '../settings/plugins.ts';
import type { Settings } from '../settings/settings.ts';
import { installerValues } from './options.ts';

/** Another Certbot at work in the server's folder is through within this time, or something is stuck. */
const longestWaitMs = 3_600_000;

/** Open while the locks of the run are held; closing it gives the server folders free. */
export class InstallerSession implements AsyncDisposable {
  readonly #context: Context;
  readonly #prepared = new Map<string, Promise<Installer>>();
  readonly #locks: CertbotLocks[] = [];
  readonly #lockedRoots = new Set<string>();

  constructor(context: Context) {
    this.#context = context;
  }

  /** The installer, prepared on first use. Throws what stands in the way of using it, before anything is changed. */
  async prepared(name: InstallerName, settings: Settings): Promise<Installer> {
    const key = JSON.stringify([name, installerValues(name, settings)]);
    const known = this.#prepared.get(key);
    if (known !== undefined) return await known;
    const made = this.#prepare(name, settings);
    this.#prepared.set(key, made);
    return await made;
  }

  /** Forgets what was read of configurations, as after a rollback or an edit that was taken back. */
  forget(): void {
    this.#prepared.clear();
  }

  async #prepare(name: InstallerName, settings: Settings): Promise<Installer> {
    const { log, signal, terminal } = this.#context;
    const { installer, serverRoot } = await composeInstaller(name, settings, this.#context);
    await this.#lock(serverRoot);
    terminal.progress(`Reading the configuration of ${name}`);
    log.debug('preparing installer', { installer: name });
    await installer.prepare({ signal });
    return installer;
  }

  /** Certbot's lock in the folder of the server's configuration, where Certbot takes it, too. */
  async #lock(root: string): Promise<void> {
    if (this.#lockedRoots.has(root) || !existsSync(root)) return;
    const { clock, log, signal, arguments: { values } } = this.#context;
    this.#locks.push(await acquireCertbotLocks([root], { waitMs: values.wait ? longestWaitMs : 0, clock, log, signal }));
    this.#lockedRoots.add(root);
  }

  [Symbol.asyncDispose](): Promise<void> {
    for (const locks of this.#locks.splice(0)) locks.release();
    return Promise.resolve();
  }
}
