// Brings a certificate to a file target: write what differs, run the command, look whether it is served; or put everything
// back. A marker beside the first file says that the command is still due, should this process be killed in between.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { assertNever, type Clock, describeError, type Log, silentLog } from '@certward/base';
import { type CallOptions, type CertificatePaths, type Disk, systemDisk, writeFileAtomic, writeFilesAtomic } from '@certward/engine';

import { type FileOwnership, ownershipOf } from '../checkpoint/config-file.ts';
import { runProgram } from '../checkpoint/run-program.ts';
import { checkServed, servedFingerprint } from './check.ts';
import { FileTargetError } from './errors.ts';
import { createJks } from './jks.ts';
import { type Material, readMaterial } from './material.ts';
import { findId } from './owners.ts';
import { readPassphrase } from './passphrase.ts';
import { createPkcs12 } from './pkcs12.ts';
import type { FileTarget, Output } from './target.ts';

/** Options of {@link installFileTarget}. */
export interface InstallOptions extends CallOptions {
  /** Where passphrases are looked up. Default: that of this process. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Runs the command even where nothing changed. */
  readonly force?: boolean | undefined;
  readonly log?: Log | undefined;
  readonly disk?: Disk | undefined;
  readonly clock?: Clock | undefined;
}

/** What was done. */
export interface InstallResult {
  /** Files that were written. */
  readonly changed: readonly string[];
  readonly commandRan: boolean;
  /** The program was seen to serve the certificate. */
  readonly checked: boolean;
}

interface PlannedFile {
  readonly path: string;
  readonly content: Uint8Array;
  readonly ownership: FileOwnership;
  readonly former: { readonly content: Uint8Array; readonly ownership: FileOwnership } | undefined;
}

/**
 * Installs a lineage's certificate. Does nothing where the files are up to date and the command has run.
 *
 * Throws `materialInvalid`, `secretMissing`, `ownerUnknown`, `ownerRefused` or `folderMissing` before anything changes;
 * `commandFailed` or `checkFailed` after the former files are back and the command has run once more with them.
 */
export async function installFileTarget(target: FileTarget, paths: CertificatePaths, options: InstallOptions = {}): Promise<InstallResult> {
  const { disk = systemDisk, env = process.env, signal, log = silentLog } = options;
  signal?.throwIfAborted();
  const material = readMaterial(paths);
  const planned: PlannedFile[] = [];
  for (const output of target.outputs) planned.push(await planFile(output, material, env));
  const different = planned.filter((file) => !isUpToDate(file));
  const marker = markerOf(target);
  const due = different.length > 0 || options.force === true || existsSync(marker) || (await isStale(target, material, signal));
  if (!due) return { changed: [], commandRan: false, checked: false };
  await writeFileAtomic(marker, 'the command of this target is still due\n', { mode: 0o600, disk });
  try {
    if (different.length > 0) await writeAll(different, disk);
    await applyTarget(target, material, options);
  } catch (error) {
    await restoreAll({ target, files: different, disk, log });
    await removeMarker(marker, disk);
    throw error;
  }
  await removeMarker(marker, disk);
  log.info('certificate installed', { target: target.name, files: different.map(({ path }) => path) });
  return { changed: different.map(({ path }) => path), commandRan: target.command !== undefined, checked: target.check !== undefined };
}

async function planFile(output: Output, material: Material, env: Readonly<Record<string, string | undefined>>): Promise<PlannedFile> {
  const { path } = output;
  if (statSync(dirname(path), { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new FileTargetError('folderMissing', `there is no folder "${dirname(path)}" for "${basename(path)}"`, {
      details: { path },
      hint: 'make it with the owner and mode that the program needs, or name another path',
    });
  }
  const present = ownershipOf(path);
  const uid = output.owner === undefined ? (present?.uid ?? process.geteuid?.() ?? 0) : await findId('passwd', output.owner);
  const gid = output.group === undefined ? (present?.gid ?? process.getegid?.() ?? 0) : await findId('group', output.group);
  refuseForeign(output, { uid, gid });
  const former = present === undefined ? undefined : { content: readFileSync(path), ownership: present };
  return { path, content: render(output, material, env), ownership: { uid, gid, mode: output.mode }, former };
}

/** An unprivileged run may give files to its own groups only; the system would say so too late. */
function refuseForeign({ path, owner, group }: Output, { uid, gid }: { uid: number; gid: number }): void {
  const self = process.geteuid?.();
  if (self === undefined || self === 0) return;
  const foreign = uid !== self ? `user "${owner ?? uid}"` : process.getgroups?.().includes(gid) === false && gid !== process.getegid?.() ? `group "${group ?? gid}"` : undefined;
  if (foreign === undefined) return;
  throw new FileTargetError('ownerRefused', `cannot give "${path}" to the ${foreign}: only root may`, { details: { path }, hint: 'run as root, or leave owner and group out' });
}

function render(output: Output, material: Material, env: Readonly<Record<string, string | undefined>>): Uint8Array {
  switch (output.format) {
    case 'pem':
      return Buffer.from(material.pem(output.part), 'latin1');
    case 'combined':
      return Buffer.from(output.order.map((part) => material.pem(part)).join(''), 'latin1');
    case 'pfx':
      return createPkcs12(material, { passphrase: readPassphrase(output.passphrase, env), legacy: output.legacy, friendlyName: output.friendlyName });
    case 'jks':
      return createJks(material, { passphrase: readPassphrase(output.passphrase, env), alias: output.alias });
    default:
      return assertNever(output);
  }
}

function isUpToDate({ content, ownership, former }: PlannedFile): boolean {
  if (former === undefined || Buffer.compare(former.content, content) !== 0) return false;
  const { uid, gid, mode } = former.ownership;
  return uid === ownership.uid && gid === ownership.gid && mode === ownership.mode;
}

/** Whether the program shows another certificate although the files are right: its last reload did not work. */
async function isStale({ check }: FileTarget, material: Material, signal: AbortSignal | undefined): Promise<boolean> {
  if (check === undefined) return false;
  const served = await servedFingerprint(check, { signal });
  return served !== undefined && served !== material.chain[0].fingerprintSha256;
}

async function writeAll(files: readonly PlannedFile[], disk: Disk): Promise<void> {
  await writeFilesAtomic(files.map(({ path, content, ownership }) => ({ path, content, ...ownership })), { disk });
}

async function applyTarget(target: FileTarget, material: Material, { signal, clock }: InstallOptions): Promise<void> {
  if (target.command !== undefined) {
    const { status, output } = await runProgram(target.command, { signal });
    if (status !== 0) {
      throw new FileTargetError('commandFailed', `"${target.command.join(' ')}" failed${status === undefined ? '' : ` with exit status ${status}`}: ${output}`, {
        details: { target: target.name, status },
        hint: 'the former files are back; correct the command or what it complains about, and install again',
      });
    }
  }
  if (target.check !== undefined) await checkServed(target.check, material.chain[0].fingerprintSha256, { signal, clock });
}

/** The former files, and the command once more, so that the program is where it was. */
async function restoreAll({ target, files, disk, log }: { target: FileTarget; files: readonly PlannedFile[]; disk: Disk; log: Log }): Promise<void> {
  const kept = files.flatMap(({ path, former }) => (former === undefined ? [] : [{ path, content: former.content, ...former.ownership }]));
  try {
    if (kept.length > 0) await writeFilesAtomic(kept, { disk });
    for (const { path, former } of files) {
      if (former === undefined && existsSync(path)) disk.unlink(path);
    }
    for (const folder of new Set(files.map(({ path }) => dirname(path)))) await disk.syncFolder(folder);
  } catch (error) {
    log.error('former files not restored', { target: target.name, reason: describeError(error) });
  }
  // Without former files there is nothing that the program could go back to.
  if (kept.length === 0 || target.command === undefined) return;
  const { status, output } = await runProgram(target.command);
  if (status !== 0) log.warn('command failed with the former files too', { target: target.name, status, output });
}

function markerOf({ outputs }: FileTarget): string {
  const path = outputs[0]?.path ?? '';
  return join(dirname(path), `.${basename(path)}.reload-due`);
}

async function removeMarker(path: string, disk: Disk): Promise<void> {
  disk.unlink(path);
  await disk.syncFolder(dirname(path));
}
