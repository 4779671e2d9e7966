// Finds the nginx program as a shell would, with the folders that cron's PATH often lacks.
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { NginxError } from '../errors.ts';

const extraFolders = ['/usr/sbin', '/usr/local/bin', '/usr/local/sbin'];

/** The full path of `ctl`. Throws `nginxMissing`. */
export function findProgram(ctl: string, path: string | undefined): string {
  const folders = [...(path ?? '').split(delimiter).filter((folder) => folder !== ''), ...extraFolders];
  const candidates = ctl.includes('/') ? [ctl] : folders.map((folder) => join(folder, ctl));
  const found = candidates.find(isExecutable);
  if (found !== undefined) return found;
  throw new NginxError('nginxMissing', `Could not find a usable 'nginx' binary. Ensure nginx exists, the binary is executable, and your PATH is set correctly.`, {
    hint: `install nginx, or say where "${ctl}" is with --nginx-ctl`,
    details: { ctl },
  });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
