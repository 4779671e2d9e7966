// One directory of a comparison: three folders, a Pebble of its own that validates what is proved, and both programs to
// run on them. Ours is linked as `certbot`, so that its texts name the same program.
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { type Pebble, type PebbleOptions, Resources, startPebble } from '@certward/testing';
import { type CommandEnd, type CommandOptions, createSandbox, launcher, runProcess, type Sandbox } from '../../cli/support/sandbox.ts';

/** Which of the two programs. */
export type Program = 'certbot' | 'certward';

/** A directory and its CA. */
export interface Lane extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly pebble: Pebble;
  /** Where commands run, and where relative paths lead. A folder `etc` beside it is /etc/letsencrypt to both programs. */
  readonly cwd: string;
  run(program: Program, args: readonly string[], options?: CommandOptions): Promise<CommandEnd>;
  /** Serves a folder below the lane's own for each host, where Pebble looks. Open until the lane is closed. */
  serveSites(sites: Readonly<Record<string, string>>): Promise<void>;
}

let portsTaken = 0;

/**
 * A port that nobody holds most of the time, as standalone listens for seconds only: from below the range that other
 * tests take free ports of, and a part of it for each process.
 */
function challengePort(): number {
  return 10_000 + (process.pid % 60) * 100 + portsTaken++;
}

/** Ninety days, so that nothing is due unless a test wants it. */
export function startCa(options: PebbleOptions = {}): Promise<Pebble> {
  return startPebble({ httpPort: challengePort(), profiles: { default: { description: 'ninety days', validityPeriodSeconds: 7_776_000 } }, ...options });
}

/** Opens an empty directory beside a Pebble, which stays the caller's. */
export async function openLane(pebble: Pebble): Promise<Lane> {
  await using resources = new Resources();
  const sandbox = resources.use(await createSandbox());
  const cwd = sandbox.join('cwd');
  mkdirSync(cwd);
  mkdirSync(sandbox.join('bin'));
  const linked = sandbox.join('bin', 'certbot');
  symlinkSync(launcher, linked);
  const bundle = sandbox.write('pebble.pem', pebble.trustedCaPem);
  const folders = ['--config-dir', sandbox.config, '--work-dir', sandbox.work, '--logs-dir', sandbox.logs];
  const env = { REQUESTS_CA_BUNDLE: bundle, XDG_CONFIG_HOME: sandbox.join('xdg'), XDG_STATE_HOME: sandbox.join('state'), HOME: sandbox.folder, LANG: 'C.UTF-8' };
  const words = { certbot: ['certbot'], certward: [process.execPath, linked] };
  const owned = resources.move();
  return {
    sandbox,
    pebble,
    cwd,
    run: (program, args, options = {}) => runProcess([...withSystemFolder(sandbox.join('etc')), ...words[program], ...args, ...folders, ...inSequence(program, args)], { cwd, ...options, env: { ...env, ...options.env } }),
    async serveSites(sites) {
      owned.use(await serveSites(pebble.httpPort, new Map(Object.entries(sites).map(([host, folder]) => [host, sandbox.join(folder)]))));
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

/** We renew four certificates at a time unless told otherwise, and print each as it ends. */
function inSequence(program: Program, [verb]: readonly string[]): readonly string[] {
  return program === 'certward' && verb === 'renew' ? ['--parallel', '1'] : [];
}

/** Words that start a command with `folder`, if it is there, in the place of /etc/letsencrypt: in a namespace of its own. */
function withSystemFolder(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  const namespace = process.getuid?.() === 0 ? '-m' : '-rm';
  return ['unshare', namespace, 'sh', '-c', 'mount --bind "$0" /etc/letsencrypt && exec "$@"', folder];
}

/** A web server as plain as they come: files of the host's folder. */
async function serveSites(port: number, sites: ReadonlyMap<string, string>): Promise<AsyncDisposable> {
  for (const folder of sites.values()) mkdirSync(folder, { recursive: true, mode: 0o755 });
  const server = createServer((request, response) => {
    const root = sites.get((request.headers.host ?? '').replace(/:\d+$/, ''));
    const token = /^\/\.well-known\/acme-challenge\/([\w-]+)$/.exec(request.url ?? '')?.[1];
    try {
      response.end(readFileSync(path.join(root ?? '', '.well-known', 'acme-challenge', token ?? '')));
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
