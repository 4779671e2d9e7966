// What earlier runs left to do at web servers. Only looks; doing it is elsewhere, so that an idle `renew` loads little.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Context } from '../context.ts';
import { ownWorkFolder } from '../work-folder.ts';

/** Names of lineages whose new certificate no server has taken yet. Cheap where there are none. */
export function waitingDeployments(context: Pick<Context, 'folders'>): readonly string[] {
  try {
    return readdirSync(waitingFolder(context)).toSorted();
  } catch {
    return [];
  }
}

/** Whether an edit was cut off: of a challenge, or of a change that was never finished. */
export function hasOpenEdits({ folders }: Pick<Context, 'folders'>): boolean {
  return ['temp_checkpoint', 'IN_PROGRESS'].some((folder) => existsSync(path.join(folders.work, folder)));
}

/** Whether virtual hosts send an HSTS header whose lifetime is still growing. */
export function hasGrowingHsts({ folders }: Pick<Context, 'folders'>): boolean {
  try {
    return /"autohsts"\s*:\s*\{\s*"/.test(readFileSync(path.join(folders.config, '.pluginstorage.json'), 'utf8'));
  } catch {
    return false;
  }
}

/** `WORK/certward/deployments`: an empty file for each of them. */
export function waitingFolder(context: Pick<Context, 'folders'>): string {
  return path.join(ownWorkFolder(context), 'deployments');
}
