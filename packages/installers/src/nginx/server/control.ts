// The nginx program: its test, its version, reload and start. Arguments go to it as they are; there is no shell.
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { Clock, Log } from '@certward/base';
import type { CallOptions } from '@certward/engine';
import { runProgram } from '../../checkpoint/run-program.ts';
import { NginxError } from '../errors.ts';
import { findProgram } from './find-program.ts';
import { type NginxVersion, parseVersion } from './version.ts';
import { acceptingWorkers, readPid } from './workers.ts';

/** Options of {@link createControl}. */
export interface ControlOptions {
  readonly ctl: string;
  readonly configPath: string;
  /** How long to wait for a reload at most. */
  readonly sleepSeconds: number;
  /** The `pid` directive's value, once the configuration is read. */
  readonly pidDirective: () => string | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** The server. */
export interface Control {
  version(options?: CallOptions): Promise<NginxVersion>;
  /** `nginx -t`. Throws `configurationInvalid` with what it printed. */
  test(options?: CallOptions): Promise<void>;
  /** Reloads, or starts a server that does not run, and waits until the new configuration is in force. Throws `restartFailed`. */
  restart(options?: CallOptions): Promise<void>;
  /** Reloads a server that runs; false where none does. */
  reload(options?: CallOptions): Promise<boolean>;
}

const pollMs = 10;

/** The server that `ctl` controls. Nothing runs yet. */
export function createControl({ ctl, configPath, sleepSeconds, pidDirective, clock, log }: ControlOptions): Control {
  let compiledPidPath: string | undefined;
  const nginx = (args: readonly string[], signal: AbortSignal | undefined) => runProgram([findProgram(ctl, process.env['PATH']), '-c', configPath, ...args], { signal });
  const masterPid = () => {
    const path = pidDirective() ?? compiledPidPath;
    return path !== undefined && isAbsolute(path) ? readPid(path) : undefined;
  };

  const reload = async ({ signal }: CallOptions = {}) => {
    const master = masterPid();
    const before = master === undefined ? undefined : acceptingWorkers(master);
    const { status, output } = await nginx(['-s', 'reload'], signal);
    if (status !== 0) {
      log.debug('nginx reload failed', { output });
      return false;
    }
    const deadline = clock.monotonicMs() + sleepSeconds * 1000;
    if (master === undefined || before === undefined || before.length === 0) {
      await clock.sleep(sleepSeconds * 1000, { signal });
      return true;
    }
    for (;;) {
      const now = acceptingWorkers(master) ?? [];
      if (now.length > 0 && now.every((pid) => !before.includes(pid))) return true;
      if (clock.monotonicMs() >= deadline) {
        // Either it needs longer, or it could not take the configuration over: only its own log tells.
        if (sleepSeconds > 0) log.warn('nginx still works with its former configuration', { waitedSeconds: sleepSeconds, hint: 'see its error log; --nginx-sleep-seconds gives it more time' });
        return true;
      }
      await clock.sleep(pollMs, { signal });
    }
  };

  return {
    reload,
    async version({ signal } = {}) {
      const { output } = await nginx(['-V'], signal);
      compiledPidPath = /--pid-path=(\S+)/.exec(output)?.[1];
      return parseVersion(output, log);
    },
    async test({ signal } = {}) {
      const { status, output } = await nginx(['-t'], signal);
      if (status === 0) return;
      throw new NginxError('configurationInvalid', `nginx refuses its configuration:\n${output}`, {
        hint: `mend the configuration until "nginx -t" is content with it, then run again`,
        details: { configPath },
      });
    },
    async restart(options = {}) {
      if (await reload(options)) return;
      const { status, output } = await start([findProgram(ctl, process.env['PATH']), '-c', configPath]);
      if (status !== 0) throw new NginxError('restartFailed', `nginx restart failed:\n${output}`, { details: { configPath } });
      await clock.sleep(sleepSeconds * 1000, { signal: options.signal });
    },
  };
}

/** Starts a daemon. Its output goes to a file: a pipe would stay open as long as the daemon keeps it. */
async function start([program = '', ...args]: readonly string[]): Promise<{ status: number | null; output: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'nginx-start-'));
  const outputPath = join(folder, 'output');
  const descriptor = openSync(outputPath, 'wx', 0o600);
  try {
    const status = await new Promise<number | null>((resolve, reject) => {
      const child = spawn(program, args, { stdio: ['ignore', descriptor, descriptor] });
      child.once('error', reject);
      child.once('exit', (code) => resolve(code));
    });
    return { status, output: readFileSync(outputPath, 'utf8').trim() };
  } finally {
    closeSync(descriptor);
    await rm(folder, { recursive: true, force: true });
  }
}
