// Making a running HAProxy read its configuration again: the old process serves its connections to their end.
import { readFileSync } from 'node:fs';

import { systemClock } from '@certward/base';

import { runProgram } from '../checkpoint/run-program.ts';
import { HaproxyError } from './errors.ts';
import { askSocket } from './run-time.ts';

/** How to reload, in the order of preference. */
export interface ReloadOptions {
  /** The master's own socket (`haproxy -W -S`), which tells whether the new process came up from HAProxy 2.7 on. */
  readonly masterSocket?: string | undefined;
  /** File with the process id: a new process is started with `-sf`, which takes over from that one. */
  readonly pidFile?: string | undefined;
  /** Any program with its arguments. Default: `systemctl reload haproxy`. */
  readonly command?: readonly string[] | undefined;
  readonly ctl: string;
  readonly configFile: string;
}

/** Reloads. Throws `reloadFailed` with what was printed. */
export async function reloadServer(options: ReloadOptions, { signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
  const { masterSocket, pidFile, command } = options;
  if (masterSocket !== undefined) await reloadByMaster(masterSocket, signal);
  else if (command === undefined && pidFile !== undefined) await takeOver(options, pidFile, signal);
  else await run(command ?? ['systemctl', 'reload', 'haproxy'], signal);
}

async function reloadByMaster(socket: string, signal: AbortSignal | undefined): Promise<void> {
  const workers = await runningWorkers(socket, signal);
  // Up to 2.6 the master says nothing and starts anew at once; later ones answer when the new process is up.
  const answer = await askSocket(socket, 'reload', { signal });
  if (/Success=0/.test(answer)) throw new HaproxyError('reloadFailed', `HAProxy could not reload: ${answer.slice(0, 2000)}`);
  if (/Success=1/.test(answer)) return;
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const now = await runningWorkers(socket, signal).catch(() => undefined);
    if (now !== undefined && now.some((pid) => !workers.includes(pid))) return;
    await pause(signal);
  }
  throw new HaproxyError('reloadFailed', 'HAProxy started no new process after the reload', { hint: "look into HAProxy's own log" });
}

/** Process ids of the present workers, not of those that only finish their connections. */
async function runningWorkers(socket: string, signal: AbortSignal | undefined): Promise<readonly string[]> {
  const text = await askSocket(socket, 'show proc', { signal });
  const current = /# workers\n([^#]*)/.exec(text)?.[1] ?? '';
  return current.split('\n').flatMap((line) => /^\d+/.exec(line)?.[0] ?? []);
}

async function takeOver({ ctl, configFile }: ReloadOptions, pidFile: string, signal: AbortSignal | undefined): Promise<void> {
  const pids = readPids(pidFile);
  await run([ctl, '-f', configFile, '-p', pidFile, '-D', ...(pids.length > 0 ? ['-sf', ...pids] : [])], signal);
}

function readPids(pidFile: string): readonly string[] {
  try {
    return readFileSync(pidFile, 'utf8').split(/\s+/).filter((pid) => /^\d+$/.test(pid));
  } catch {
    return [];
  }
}

async function run(argv: readonly string[], signal: AbortSignal | undefined): Promise<void> {
  const { status, output } = await runProgram(argv, { signal });
  if (status === 0) return;
  throw new HaproxyError('reloadFailed', `cannot reload HAProxy with "${argv.join(' ')}": ${output}`, {
    details: { status },
    hint: 'the configuration is written and valid; reload HAProxy by hand, or name the command with --haproxy-reload-command',
  });
}

async function pause(signal: AbortSignal | undefined): Promise<void> {
  await systemClock.sleep(50, { signal });
}
