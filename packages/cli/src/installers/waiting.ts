// Which renewed lineages wait for their web server. Apart from telling the servers, so that an idle `renew` loads little.
import { readdirSync } from 'node:fs';
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

/** `WORK/certward/deployments`: an empty file for each of them. */
export function waitingFolder(context: Pick<Context, 'folders'>): string {
  return path.join(ownWorkFolder(context), 'deployments');
}
