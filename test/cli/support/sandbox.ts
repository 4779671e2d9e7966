// A folder with the three folders of a Certbot layout, and the command run in it as a real process.
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot, temporaryFolder } from '@certward/testing';

/** How a run ended. */
export interface CommandEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Options of one run. */
export interface CommandOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  readonly cwd?: string;
  /** Sees the process as soon as it runs, with what it printed so far. */
  readonly onOutput?: (running: { readonly pid: number; readonly output: string; kill(signal: NodeJS.Signals): void }) => void;
}

/** A place where commands of one test run, apart from all others. */
export interface Sandbox extends AsyncDisposable {
  readonly folder: string;
  readonly config: string;
  readonly work: string;
  readonly logs: string;
  join(...parts: readonly string[]): string;
  /** Writes a file below the folder and returns its path. */
  write(name: string, content: string, mode?: number): string;
  /** Runs `certward`, with the three folders named. */
  run(args: readonly string[], options?: CommandOptions): Promise<CommandEnd>;
  /** Runs Debian's certbot on the same folders. */
  certbot(args: readonly string[], options?: CommandOptions): Promise<CommandEnd>;
  /** Runs `certward … --json` and parses what it printed. */
  json(args: readonly string[], options?: CommandOptions): Promise<CommandEnd & { readonly document: JsonDocument }>;
}

/** The document of `--json`, loosely typed: tests say what they expect of it. */
export interface JsonDocument {
  readonly schema: number;
  readonly verb: string | null;
  readonly ok: boolean;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly code: string; readonly message: string; readonly hint: string | null };
}

/** The launcher under test. */
export const launcher = path.join(projectRoot(), 'bin', 'certward');

/** Makes a sandbox; `env` is added to every run. */
export async function createSandbox(env: Readonly<Record<string, string | undefined>> = {}): Promise<Sandbox> {
  const folder = await temporaryFolder('cli');
  const [config, work, logs] = [folder.join('config'), folder.join('work'), folder.join('logs')];
  const folders = ['--config-dir', config, '--work-dir', work, '--logs-dir', logs];
  const common = { XDG_CONFIG_HOME: folder.join('xdg'), XDG_STATE_HOME: folder.join('state'), NODE_EXTRA_CA_CERTS: undefined, ...env };
  const run: Sandbox['run'] = (args, options = {}) => runProcess([process.execPath, launcher, ...args, ...folders], { ...options, env: { ...common, ...options.env } });
  return {
    folder: folder.path,
    config,
    work,
    logs,
    join: (...parts) => folder.join(...parts),
    write(name, content, mode = 0o644) {
      const file = folder.join(name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, content, { mode });
      return file;
    },
    run,
    certbot: (args, options = {}) => runProcess(['certbot', ...args, ...folders], { ...options, env: { ...common, ...options.env } }),
    async json(args, options) {
      const end = await run([...args, '--json'], options);
      return { ...end, document: JSON.parse(end.stdout) as JsonDocument };
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** Runs a command to its end, collecting what it prints. Its stdin is closed unless there is input. */
export function runProcess(words: readonly string[], options: CommandOptions = {}): Promise<CommandEnd> {
  const [command = '', ...args] = words;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: options.cwd, env: { ...process.env, ...options.env }, stdio: 'pipe' });
    let stdout = '';
    let stderr = '';
    const seen = () => options.onOutput?.({ pid: child.pid ?? 0, output: stdout + stderr, kill: (signal) => child.kill(signal) });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      seen();
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      seen();
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** Throws with what the command printed unless it succeeded. */
export function requireSuccess({ code, stdout, stderr }: CommandEnd): void {
  if (code !== 0) throw new Error(`exit status ${code}\n${stdout}\n${stderr}`);
}
