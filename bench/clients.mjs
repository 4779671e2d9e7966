// How each client gets one certificate in the benchmark's world: in folders of its own, with an account made before the
// race (or in it), and the same kind of key, so that all do the same work.
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { certward, installed } from './peers.mjs';
import { fileURLToPath } from 'node:url';
import { script } from './acme-world.mjs';
import { makeBareAccount } from './bare-account.mjs';

const runFile = promisify(execFile);

/** @typedef {import('./acme-world.mjs').World} World */
/** @typedef {import('./harness.mjs').Competitor} Competitor */

/**
 * @typedef {object} Task
 * @property {readonly string[]} [names] of the certificate; default: one new name
 * @property {'ec' | 'rsa'} [key] default ec
 * @property {'existing' | 'fresh'} [account] default existing
 */

/**
 * The options that certward and certbot share.
 * @param {World} world @param {string} home @param {Task} task
 */
function certbotArguments(world, home, { names = [world.nextName()], key = 'ec' }) {
  return [
    'certonly', '--standalone', '-n', '--agree-tos', '--register-unsafely-without-email',
    '--http-01-port', String(world.pebble.httpPort), '--server', world.pebble.directoryUrl,
    '--config-dir', path.join(home, 'config'), '--work-dir', path.join(home, 'work'), '--logs-dir', path.join(home, 'logs'),
    '--key-type', key === 'ec' ? 'ecdsa' : 'rsa',
    ...names.flatMap((name) => ['-d', name]),
  ];
}

/** Counts the requests of the round that just ended. @param {World} world */
function requestCounter(world) {
  let watch = world.watchRequests();
  return {
    start: () => void (watch = world.watchRequests()),
    count: () => watch.count(),
  };
}

/**
 * A program with Certbot's command line.
 * @param {string} name @param {readonly string[]} program @param {World} world @param {Task} task
 * @returns {Promise<Competitor>}
 */
async function certbotLike(name, program, world, task) {
  const env = { REQUESTS_CA_BUNDLE: world.trustFile };
  const home = path.join(world.folder, `${name}-${world.nextName()}`);
  const [file = '', ...first] = program;
  if (task.account !== 'fresh') await runFile(file, [...first, ...certbotArguments(world, home, {})], { env: { ...process.env, ...env } });
  const requests = requestCounter(world);
  return {
    name,
    command: () => {
      requests.start();
      const used = task.account === 'fresh' ? path.join(world.folder, world.nextName()) : home;
      return { argv: [...program, ...certbotArguments(world, used, task)], env };
    },
    requests: requests.count,
  };
}

/** @param {World} world @param {Task} task @returns {Promise<Competitor>} */
async function lego(world, task) {
  const binary = installed('lego');
  if (binary === undefined) return { name: 'lego', unavailable: 'not installed' };
  const env = { LEGO_CA_CERTIFICATES: world.trustFile };
  const home = path.join(world.folder, `lego-${world.nextName()}`);
  /** @param {string} folder @param {Task} what */
  const args = (folder, { names = [world.nextName()], key = 'ec' }) => [
    '--server', world.pebble.directoryUrl, '--path', folder, '--email', 'bench@bench.test', '--accept-tos',
    '--key-type', key === 'ec' ? 'ec256' : 'rsa2048', '--http', '--http.port', `:${world.pebble.httpPort}`,
    ...names.flatMap((name) => ['--domains', name]), 'run',
  ];
  if (task.account !== 'fresh') await runFile(binary, args(home, {}), { env: { ...process.env, ...env } });
  const requests = requestCounter(world);
  return {
    name: 'lego',
    command: () => {
      requests.start();
      return { argv: [binary, ...args(task.account === 'fresh' ? path.join(world.folder, world.nextName()) : home, task)], env };
    },
    requests: requests.count,
  };
}

/** @param {World} world @param {Task} task @returns {Promise<Competitor>} */
async function uacme(world, task) {
  const binary = installed('uacme');
  if (binary === undefined) return { name: 'uacme', unavailable: 'not installed' };
  if (task.account === 'fresh') return { name: 'uacme', unavailable: 'makes accounts by a command of its own' };
  const home = path.join(world.folder, `uacme-${world.nextName()}`);
  const hook = script(
    world,
    'uacme-hook',
    `[ "$2" = http-01 ] || exit 1\ncase "$1" in begin) printf %s "$5" > "${world.webroot}/$4";; *) rm -f "${world.webroot}/$4";; esac`,
  );
  // It reads the machine's trust store and nothing else, so it gets one of its own in a mount namespace (needs root).
  const trusting = script(
    world,
    'uacme-trusting',
    `exec unshare -m sh -c 'mount --bind "${world.trustFile}" /etc/ssl/certs/ca-certificates.crt && exec "${binary}" "$@"' uacme "$@"`,
  );
  const base = ['-a', world.pebble.directoryUrl, '-c', home, '-y'];
  await runFile(trusting, [...base, 'new']);
  const requests = requestCounter(world);
  return {
    name: 'uacme',
    command: async () => {
      await world.serveWebroot();
      requests.start();
      const { names = [world.nextName()], key = 'ec' } = task;
      return { argv: [trusting, ...base, '-t', key === 'ec' ? 'EC' : 'RSA', '-h', hook, 'issue', ...names] };
    },
    requests: requests.count,
    after: () => world.stopServing(),
  };
}

/** @param {World} world @param {Task} task @returns {Promise<Competitor>} */
async function dehydrated(world, task) {
  const binary = installed('dehydrated');
  if (binary === undefined) return { name: 'dehydrated', unavailable: 'not installed' };
  if (task.account === 'fresh') return { name: 'dehydrated', unavailable: 'makes accounts by a command of its own' };
  const home = path.join(world.folder, `dehydrated-${world.nextName()}`);
  mkdirSync(home);
  const config = path.join(home, 'config');
  writeFileSync(
    config,
    `CA="${world.pebble.directoryUrl}"\nCURL_OPTS="--cacert ${world.trustFile}"\nBASEDIR="${home}"\nWELLKNOWN="${world.webroot}"\n` +
      `KEY_ALGO=${task.key === 'rsa' ? 'rsa' : 'prime256v1'}\nKEYSIZE=2048\n`,
  );
  await runFile(binary, ['-f', config, '--register', '--accept-terms']);
  const requests = requestCounter(world);
  return {
    name: 'dehydrated',
    command: async () => {
      await world.serveWebroot();
      requests.start();
      const { names = [world.nextName()] } = task;
      return { argv: [binary, '-f', config, '-c', '-x', ...names.flatMap((name) => ['-d', name])] };
    },
    requests: requests.count,
    after: () => world.stopServing(),
  };
}

/** The floor: no checks, no files, EC only. @param {World} world @param {Task} task @returns {Promise<Competitor>} */
async function bareLoop(world, task) {
  if (task.key === 'rsa' || task.account === 'fresh') return { name: 'bare loop', unavailable: 'EC with an account only' };
  const account = path.join(world.folder, 'bare-account.json');
  await makeBareAccount(world.pebble.directoryUrl, account);
  const loop = fileURLToPath(new URL('bare-loop.mjs', import.meta.url));
  const requests = requestCounter(world);
  return {
    name: 'bare loop',
    command: () => {
      requests.start();
      const names = (task.names ?? [world.nextName()]).join(',');
      return { argv: [process.execPath, loop, world.pebble.directoryUrl, String(world.pebble.httpPort), account, '1', names] };
    },
    requests: requests.count,
  };
}

/**
 * Every client for a task, ours first. One that cannot be prepared is listed with the reason.
 * @param {World} world @param {Task} [task]
 * @returns {Promise<Competitor[]>}
 */
export async function clients(world, task = {}) {
  const certbot = installed('certbot');
  /** @type {[string, () => Promise<Competitor>][]} */
  const all = [
    ['certward', () => certbotLike('certward', certward, world, task)],
    ['bare loop', () => bareLoop(world, task)],
    ['uacme', () => uacme(world, task)],
    ['lego', () => lego(world, task)],
    ['certbot', async () => (certbot === undefined ? { name: 'certbot', unavailable: 'not installed' } : certbotLike('certbot', [certbot], world, task))],
    ['dehydrated', () => dehydrated(world, task)],
  ];
  /** @type {Competitor[]} */
  const ready = [];
  for (const [name, prepare] of all) {
    ready.push(await prepare().catch((error) => ({ name, unavailable: `could not be prepared: ${String(error).slice(0, 300)}` })));
  }
  return ready;
}
