// From the name of an enhancement to what it does.
import type { CertificatePaths, Enhancement, InstallerEdit } from '@certward/engine';
import type { Workspace } from '../workspace.ts';
import { enableHsts, enableUpgradeInsecureRequests } from './headers.ts';
import { enableRedirect } from './redirect.ts';
import { enableStapling } from './staple.ts';

type Enable = (workspace: Workspace, name: string, paths: CertificatePaths | undefined) => InstallerEdit;

const table = {
  redirect: enableRedirect,
  hsts: enableHsts,
  uir: enableUpgradeInsecureRequests,
  staple: enableStapling,
} as const satisfies Record<Enhancement, Enable>;

/** Every enhancement that Apache has. */
export const apacheEnhancements = Object.keys(table) as readonly Enhancement[];

/** What is switched on for whom. */
export interface EnhancementRequest {
  readonly name: string;
  readonly enhancement: Enhancement;
  readonly paths: CertificatePaths | undefined;
}

/** Edits the workspace. Being on already is an empty edit. */
export function enhanceHosts(workspace: Workspace, { name, enhancement, paths }: EnhancementRequest): InstallerEdit {
  const enable: Enable = table[enhancement];
  return enable(workspace, name.toLowerCase(), paths);
}
