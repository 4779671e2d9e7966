// Finds the programs that tests start: releases unpacked by tools/testbed first, then the machine's own.
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { TestbedError } from './errors.ts';
import { cachePath } from './project.ts';

/** Programs that lie in the cache under a folder of the suite they came from. */
const unpacked: Readonly<Record<string, string>> = {
  'pebble-2.10': 'pebble-sid/usr/bin/pebble',
  'pebble-2.6': 'pebble-trixie/usr/bin/pebble',
  'pebble-challtestsrv-2.10': 'pebble-sid/usr/bin/pebble-challtestsrv',
  'pebble-challtestsrv-2.6': 'pebble-trixie/usr/bin/pebble-challtestsrv',
  'lego-4.35': 'lego-sid/usr/bin/lego',
  'caddy-2.11': 'caddy-sid/usr/bin/caddy',
  caddy: 'caddy-sid/usr/bin/caddy',
};

const systemFolders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/**
 * The path of a program, such as `named`, `certbot` or, with a release, `pebble-2.10`.
 * Throws `programMissing` with the command that installs it.
 */
export function findBinary(name: string): string {
  const found = tryFindBinary(name);
  if (found !== undefined) return found;
  throw new TestbedError('programMissing', `the program "${name}" is not installed`, {
    details: { program: name },
    hint: 'run "node tools/testbed/install.mjs" as root on Debian, or install it by other means',
  });
}

/** As {@link findBinary}, but undefined where the program is missing, for benchmarks that say what they left out. */
export function tryFindBinary(name: string): string | undefined {
  const inCache = unpacked[name];
  if (inCache !== undefined) {
    const path = cachePath('testbed', inCache);
    return isExecutable(path) ? path : undefined;
  }
  const folders = [...(process.env['PATH'] ?? '').split(':').filter((folder) => folder !== ''), ...systemFolders];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
