// Carries gathered edits to the disk under a checkpoint, tests them, and takes everything back when the test fails.
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Log } from '@certward/base';
import { type CallOptions, type FileChange, systemDisk } from '@certward/engine';
import type { Checkpoints } from '../checkpoint/checkpoints.ts';
import { ownershipOf, replaceFile } from '../checkpoint/config-file.ts';
import { ApacheError } from './errors.ts';
import { findProgram, runCommand } from './server/commands.ts';
import { checkAddressesFree } from './server/port-check.ts';
import type { NewLink } from './tree/config-files.ts';
import type { Workspace } from './workspace.ts';

/** What a save needs beside the workspace. */
export interface SaveContext {
  readonly checkpoints: Checkpoints;
  readonly log: Log;
  /** The edits of a challenge, which are taken back when it is over. */
  readonly temporary: boolean;
  /** Files beside the configuration that are written with it; registered as new. */
  readonly extraFiles?: readonly { readonly path: string; readonly content: string }[];
  readonly notes: readonly string[];
  configTest(options?: CallOptions): Promise<void>;
}

/** True when there is anything to write. */
export function hasEdits(workspace: Workspace): boolean {
  return workspace.newModules.length > 0 || workspace.files.links.length > 0 || workspace.files.changes().length > 0;
}

/** Writes the edits into the open checkpoint and tests them. Throws `addressInUse` before anything is written; on any other failure that checkpoint is taken back, then it throws. */
export async function saveEdits(workspace: Workspace, context: SaveContext, options: CallOptions = {}): Promise<void> {
  const { checkpoints, temporary } = context;
  const changes = workspace.files.changes();
  for (const change of changes) checkUnchanged(change);
  await checkAddressesFree(workspace.newAddresses);
  try {
    await record(workspace, changes, context);
    await enableModules(workspace, context, options);
    for (const change of changes) await write(workspace, change);
    for (const file of context.extraFiles ?? []) await replaceFile(file.path, file.content);
    for (const link of linksToMake(workspace)) await makeLink(link);
    await context.configTest(options);
  } catch (error) {
    await (temporary ? checkpoints.revertTemporary() : checkpoints.revertInProgress());
    throw error;
  }
}

const linksToMake = (workspace: Workspace) => workspace.files.links.filter((link) => !link.madeByProgram);

/** Somebody may have edited the file while a person was answering questions. */
function checkUnchanged({ path, before }: FileChange): void {
  if (before === undefined || readFileSync(path).equals(before)) return;
  throw new ApacheError('configUnreadable', `"${path}" was changed by somebody else in the meantime`, {
    details: { path },
    hint: 'run again: nothing was written',
  });
}

async function record(workspace: Workspace, changes: readonly FileChange[], context: SaveContext): Promise<void> {
  const { checkpoints, temporary } = context;
  const notes = context.notes.map((note) => `${note}\n`).join('');
  const isNew = (change: FileChange) => change.before === undefined;
  const newPaths = [...changes.filter(isNew), ...linksToMake(workspace), ...(context.extraFiles ?? [])].map(({ path }) => path);
  await checkpoints.addFiles(changes.filter((change) => !isNew(change)).map(({ path }) => path), { temporary, notes });
  if (newPaths.length > 0) await checkpoints.addNewFiles(newPaths, { temporary });
}

async function enableModules(workspace: Workspace, { checkpoints, temporary, log }: SaveContext, options: CallOptions): Promise<void> {
  if (workspace.newModules.length === 0) return;
  const { enmod, dismod } = workspace.options.layout;
  const programs = { enable: await program(enmod), disable: await program(dismod) };
  for (const module of workspace.newModules) {
    await checkpoints.addUndoCommand([programs.disable, '-f', module], { temporary });
    const { code, output } = await runCommand([programs.enable, module], options);
    if (code !== 0) throw new ApacheError('commandFailed', `"${programs.enable} ${module}" failed: ${output}`, { details: { module, output } });
    log.info('module enabled', { module });
  }
}

async function program(name: string | undefined): Promise<string> {
  const path = name === undefined ? undefined : await findProgram(name);
  if (path !== undefined) return path;
  throw new ApacheError('moduleMissing', 'the programs that enable and disable modules of Apache cannot be found', {
    details: { program: name },
    hint: 'name them with --apache-enmod and --apache-dismod, or load the module yourself',
  });
}

async function write(workspace: Workspace, { path, before, after }: FileChange): Promise<void> {
  if (after === undefined) return;
  // A copy of a host may hold what its original keeps from other users.
  const like = before === undefined ? workspace.files.open(path)?.like : undefined;
  await replaceFile(path, after, like === undefined ? {} : { ownership: ownershipOf(like) });
}

async function makeLink({ path, target }: NewLink): Promise<void> {
  systemDisk.symlink(target, path);
  await systemDisk.syncFolder(dirname(path));
}
