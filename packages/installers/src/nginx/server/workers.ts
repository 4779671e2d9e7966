// Knows when a reload has happened: the master has started new workers and told the old ones to finish.
// Signals carry no answer, so we look at the process table; where there is none (not Linux), callers wait a fixed time.
import { readFileSync } from 'node:fs';

/** The workers of a master that accept connections; undefined where that cannot be known. */
export function acceptingWorkers(masterPid: number): readonly number[] | undefined {
  const children = tryRead(`/proc/${masterPid}/task/${masterPid}/children`);
  if (children === undefined) return undefined;
  const pids = children.split(' ').filter((part) => part !== '').map(Number);
  return pids.filter((pid) => {
    const command = tryRead(`/proc/${pid}/cmdline`);
    return command !== undefined && command.includes('worker process') && !command.includes('shutting down');
  });
}

/** The process id in a pid file, when that process runs. */
export function readPid(pidFile: string): number | undefined {
  const pid = Number(tryRead(pidFile)?.trim());
  return Number.isSafeInteger(pid) && pid > 0 && tryRead(`/proc/${pid}/stat`) !== undefined ? pid : undefined;
}

function tryRead(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}
