// The state of growing HSTS, in Certbot's file CFG/.pluginstorage.json, beside what other plugins keep there.
import { join } from 'node:path';
import { tryReadTextFile, writeFileAtomic } from '@certward/engine';
import { ApacheError } from '../errors.ts';

/** How far a host is: the step it is at, and when it got there (Unix seconds). */
export interface HstsProgress {
  readonly laststep: number;
  readonly timestamp: number;
}

/** By the id that a comment in the host carries. */
export type HstsState = ReadonlyMap<string, HstsProgress>;

const pathIn = (configDir: string) => join(configDir, '.pluginstorage.json');

/** Reads the state; empty where there is none. Throws `stateMalformed` for a file that is not Certbot's JSON. */
export function readHstsState(configDir: string): HstsState {
  const found = readStorage(configDir)['apache'];
  const entries = isObject(found) && isObject(found['autohsts']) ? Object.entries(found['autohsts']) : [];
  const state = new Map<string, HstsProgress>();
  for (const [id, progress] of entries) {
    if (!isObject(progress)) continue;
    const { laststep, timestamp } = progress;
    if (typeof laststep === 'number' && typeof timestamp === 'number') state.set(id, { laststep, timestamp });
  }
  return state;
}

/** Replaces the state, keeping everything else in the file. */
export async function writeHstsState(configDir: string, state: HstsState): Promise<void> {
  const storage = readStorage(configDir);
  const apache = isObject(storage['apache']) ? storage['apache'] : {};
  const text = JSON.stringify({ ...storage, apache: { ...apache, autohsts: Object.fromEntries(state) } });
  await writeFileAtomic(pathIn(configDir), text, { mode: 0o600 });
}

function readStorage(configDir: string): Record<string, unknown> {
  const path = pathIn(configDir);
  const text = tryReadTextFile(path);
  if (text === undefined || text.trim() === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ApacheError('stateMalformed', `"${path}" is no JSON`, { cause, details: { path }, hint: 'restore it from a backup, or move it away: growing HSTS then stops where it is' });
  }
  return isObject(value) ? value : {};
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
