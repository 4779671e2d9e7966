// The folder of a quickstart: the same one each time, or another one while the first is in use by a running copy.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Context } from '../context.ts';
import { cliError } from '../errors.ts';
import { stateFolder } from '../state-folder.ts';

/** A folder that is ours until it is disposed of. Its files stay. */
export interface ClaimedFolder extends Disposable {
  readonly path: string;
}

/** Claims `--data`, or the first free one of `quickstart`, `quickstart-2` … Throws `alreadyRunning` or `folderUnusable`. */
export function chooseDataFolder({ arguments: { values }, environment }: Context): ClaimedFolder {
  if (values.dataDir !== undefined) {
    const claimed = claim(path.resolve(values.dataDir));
    if (claimed !== undefined) return claimed;
    throw cliError('alreadyRunning', `another copy is running in "${values.dataDir}"`, { hint: 'stop it, or name another folder with --data' });
  }
  for (let number = 1; number <= 100; number++) {
    const folder = path.join(stateFolder(environment), number === 1 ? 'quickstart' : `quickstart-${number}`);
    const claimed = claim(folder);
    if (claimed !== undefined) return claimed;
  }
  throw cliError('alreadyRunning', 'a hundred copies are running', { hint: 'stop some, or name a folder with --data' });
}

/** An exclusively created file with our process id; one whose process is gone is taken over. */
function claim(folder: string): ClaimedFolder | undefined {
  const file = path.join(folder, 'running.pid');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (!isAlive(file)) rmSync(file, { force: true });
    writeFileSync(file, String(process.pid), { flag: 'wx' });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw cliError('folderUnusable', `the folder "${folder}" cannot be used`, { cause, hint: 'name another folder with --data' });
  }
  return { path: folder, [Symbol.dispose]: () => rmSync(file, { force: true }) };
}

function isAlive(file: string): boolean {
  let pid: number;
  try {
    pid = Number(readFileSync(file, 'utf8'));
  } catch {
    return false;
  }
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
