// Keeps the temporary edits in step with the challenges that are open. All of them are in one temporary checkpoint, so
// that a killed run is undone by one step; whatever else writes the configuration does so while they are taken down.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type CallOptions, type Disk, ensureFolder, type FileChange } from '@certward/engine';
import type { Checkpoints } from '../../checkpoint/checkpoints.ts';
import { replaceFile } from '../../checkpoint/config-file.ts';
import type { Control } from '../server/control.ts';
import { changesOf } from '../tree/changes.ts';
import type { Configuration } from '../tree/configuration.ts';
import { editForChallenges, type HttpChallenge } from './challenge-edits.ts';

/** Options of {@link ChallengeBoard}. */
export interface ChallengeBoardOptions {
  readonly load: () => Configuration;
  readonly control: Control;
  readonly checkpoints: Checkpoints;
  readonly configDir: string;
  readonly workDir: string;
  readonly httpPort: string;
  readonly httpsPort: string;
  readonly disk?: Disk | undefined;
}

/** The open challenges of this process, by the id of their presentation. */
export class ChallengeBoard {
  readonly #options: ChallengeBoardOptions;
  readonly #open = new Map<string, HttpChallenge>();
  #isUp = false;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: ChallengeBoardOptions) {
    this.#options = options;
  }

  /** Serves these challenges beside those that are open. When it fails, these are taken down again and the others stay. */
  show(challenges: ReadonlyMap<string, HttpChallenge>, { signal }: CallOptions = {}): Promise<void> {
    return this.#inTurn(async () => {
      for (const [id, challenge] of challenges) this.#open.set(id, challenge);
      try {
        await this.#putUp(signal);
      } catch (error) {
        for (const id of challenges.keys()) this.#open.delete(id);
        await this.#takeDown();
        if (this.#open.size > 0) await this.#putUp(undefined);
        throw error;
      }
      await this.#options.control.restart({ signal });
    });
  }

  /** Ends a challenge. With the last one the edits go, also those of a killed run. */
  end(id: string): Promise<void> {
    return this.#inTurn(async () => {
      this.#open.delete(id);
      if (this.#open.size > 0 || !(this.#isUp || this.#isLeftOver())) return;
      await this.#takeDown();
      await this.#options.control.reload();
    });
  }

  /** Runs `work` while the configuration on disk is free of temporary edits. */
  whileDown<T>(work: () => Promise<T>): Promise<T> {
    return this.#inTurn(async () => {
      const wasUp = this.#isUp;
      if (wasUp) await this.#takeDown();
      try {
        return await work();
      } finally {
        if (wasUp) await this.#putUp(undefined);
      }
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  async #putUp(signal: AbortSignal | undefined): Promise<void> {
    const { load, control, checkpoints, configDir, workDir, httpPort, httpsPort, disk } = this.#options;
    await this.#takeDown();
    signal?.throwIfAborted();
    const configuration = load();
    const challengePath = join(configDir, 'le_http_01_cert_challenge.conf');
    const ownBlocks = editForChallenges([...this.#open.values()], { configuration, httpPort, httpsPort, challengePath, emptyRoot: join(workDir, 'http_01_nonexistent') });
    const changes = changesOf(configuration);
    this.#isUp = true;
    await checkpoints.addFiles(changes.map(({ path }) => path), { temporary: true });
    if (ownBlocks !== undefined) {
      await ensureFolder(configDir, { mode: 0o755, disk });
      await checkpoints.addNewFiles([challengePath], { temporary: true });
      await replaceFile(challengePath, ownBlocks, { disk });
    }
    await writeChanges(changes, disk);
    await control.test({ signal });
  }

  async #takeDown(): Promise<void> {
    await this.#options.checkpoints.revertTemporary();
    this.#isUp = false;
  }

  #isLeftOver(): boolean {
    return existsSync(join(this.#options.workDir, 'temp_checkpoint'));
  }
}

/** Writes the edited files, each wholly or not at all. */
export async function writeChanges(changes: readonly FileChange[], disk: Disk | undefined): Promise<void> {
  for (const { path, after } of changes) if (after !== undefined) await replaceFile(path, after, { disk });
}
