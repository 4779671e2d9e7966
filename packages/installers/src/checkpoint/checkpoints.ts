// Checkpoints: what web-server plugins record before they change anything, and how it is taken back. The format is
// Certbot's, so that either tool recovers and rolls back what the other left.
import { join } from 'node:path';

import { type Clock, type Log, silentLog, systemClock } from '@certward/base';
import { type Disk, systemDisk } from '@certward/engine';

import { CheckpointError } from './errors.ts';
import { type CheckpointSummary, finalizedNames, finalizeFolder, summarize } from './finalized.ts';
import { isFolder } from './folders.ts';
import { recordCommand, recordFiles, recordNewFiles, recordNotes } from './open-checkpoint.ts';
import { clearDiscarded, restoreCheckpoint } from './restore.ts';
import { readCheckpoint } from './stored.ts';

/** Options of {@link openCheckpoints}. */
export interface CheckpointsOptions {
  /** Certbot's `--work-dir`. The caller holds its lock. */
  readonly workDir: string;
  readonly log?: Log | undefined;
  readonly disk?: Disk | undefined;
  readonly clock?: Clock | undefined;
}

/** Which open checkpoint a change is recorded in. */
export interface RecordOptions {
  /** Of a challenge: taken back when that is over. Default false. */
  readonly temporary?: boolean;
  /** Lines for people about what changes. */
  readonly notes?: string;
}

/** Records changes before they happen, and takes them back. All writes are durable when a promise resolves. */
export interface Checkpoints {
  /** Takes back what a killed run left open: the temporary checkpoint first, then the one in progress. True if there was anything. */
  recover(): Promise<boolean>;
  /** Copies files before they are changed; the first content of a checkpoint counts. Throws `backupFailed`, `challengeFile`, `pathUnusable`. */
  addFiles(paths: readonly string[], options?: RecordOptions): Promise<void>;
  /** Registers files that are about to be created, to be deleted on the way back. One that exists is copied instead. */
  addNewFiles(paths: readonly string[], options?: RecordOptions): Promise<void>;
  /** Registers a program and its arguments to run on the way back, the last one first. */
  addUndoCommand(argv: readonly string[], options?: { readonly temporary?: boolean }): Promise<void>;
  /** Takes back the temporary checkpoint. */
  revertTemporary(): Promise<void>;
  /** Takes back the checkpoint in progress, such as a deployment that failed its test. */
  revertInProgress(): Promise<void>;
  /** Makes the checkpoint in progress a finalized one. Does nothing where there is none. */
  finalize(title: string): Promise<void>;
  /** Takes back the newest `count` finalized checkpoints, or all where there are fewer. `available` is how many there were. */
  rollback(count: number): Promise<{ readonly rolledBack: number; readonly available: number }>;
  /** The finalized checkpoints, newest first. */
  list(): Promise<readonly CheckpointSummary[]>;
}

/** Opens the checkpoints under a work folder; nothing is read or written yet. */
export function openCheckpoints(options: CheckpointsOptions): Checkpoints {
  return new CertbotCheckpoints(options);
}

class CertbotCheckpoints implements Checkpoints {
  readonly #workDir: string;
  readonly #backups: string;
  readonly #inProgress: string;
  readonly #temporary: string;
  readonly #disk: Disk;
  readonly #log: Log;
  readonly #clock: Clock;

  constructor({ workDir, log = silentLog, disk = systemDisk, clock = systemClock }: CheckpointsOptions) {
    this.#workDir = workDir;
    this.#backups = join(workDir, 'backups');
    this.#inProgress = join(workDir, 'IN_PROGRESS');
    this.#temporary = join(workDir, 'temp_checkpoint');
    this.#disk = disk;
    this.#log = log;
    this.#clock = clock;
  }

  async recover(): Promise<boolean> {
    await clearDiscarded(this.#workDir, this.#disk);
    // The temporary one is the newer: it may hold a later state of a file that the other changed before.
    const temporary = await this.#revert(this.#temporary);
    const inProgress = await this.#revert(this.#inProgress);
    return temporary || inProgress;
  }

  async addFiles(paths: readonly string[], { temporary = false, notes = '' }: RecordOptions = {}): Promise<void> {
    if (!temporary) this.#refuseChallengeFiles(paths);
    await recordFiles(this.#open(temporary), paths, this.#disk);
    await recordNotes(this.#open(temporary), notes, this.#disk);
  }

  async addNewFiles(paths: readonly string[], { temporary = false, notes = '' }: RecordOptions = {}): Promise<void> {
    if (!temporary) this.#refuseChallengeFiles(paths);
    await recordNewFiles(this.#open(temporary), paths, this.#disk);
    await recordNotes(this.#open(temporary), notes, this.#disk);
  }

  async addUndoCommand(argv: readonly string[], { temporary = false }: { readonly temporary?: boolean } = {}): Promise<void> {
    await recordCommand(this.#open(temporary), argv, this.#disk);
  }

  async revertTemporary(): Promise<void> {
    await this.#revert(this.#temporary);
  }

  async revertInProgress(): Promise<void> {
    await this.#revert(this.#inProgress);
  }

  async finalize(title: string): Promise<void> {
    if (!isFolder(this.#inProgress)) return;
    await finalizeFolder(this.#inProgress, { backupDir: this.#backups, title, clock: this.#clock, disk: this.#disk });
    this.#log.info('checkpoint finalized', { title });
  }

  async rollback(count: number): Promise<{ rolledBack: number; available: number }> {
    if (!Number.isSafeInteger(count) || count < 0) {
      throw new CheckpointError('rollbackCountInvalid', `cannot roll back "${count}" checkpoints`, { hint: 'give a number of 0 or more' });
    }
    await this.recover();
    const names = finalizedNames(this.#backups);
    const chosen = names.toReversed().slice(0, count);
    for (const name of chosen) {
      // Under the name of an open checkpoint, a killed rollback is finished by the next run of either tool.
      this.#disk.rename(join(this.#backups, name), this.#inProgress);
      await this.#disk.syncFolder(this.#backups);
      await this.#disk.syncFolder(this.#workDir);
      await this.#revert(this.#inProgress);
      this.#log.info('checkpoint rolled back', { checkpoint: name });
    }
    return { rolledBack: chosen.length, available: names.length };
  }

  list(): Promise<readonly CheckpointSummary[]> {
    return Promise.resolve(finalizedNames(this.#backups).toReversed().map((name) => summarize(this.#backups, name)));
  }

  #open(temporary: boolean): string {
    return temporary ? this.#temporary : this.#inProgress;
  }

  async #revert(folder: string): Promise<boolean> {
    if (!isFolder(folder)) return false;
    await restoreCheckpoint(folder, { workDir: this.#workDir, context: { disk: this.#disk, log: this.#log } });
    return true;
  }

  /** What a challenge holds open must not become part of a lasting change: taking the challenge back would undo it. */
  #refuseChallengeFiles(paths: readonly string[]): void {
    const { files, newFiles } = readCheckpoint(this.#temporary);
    const path = paths.find((one) => files.includes(one) || newFiles.includes(one));
    if (path === undefined) return;
    throw new CheckpointError('challengeFile', `"${path}" is changed by a challenge that is not over yet`, { details: { path } });
  }
}
