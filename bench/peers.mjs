// The programs we compare with, as installed on this machine, and our own command.
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** Our command, run by the Node that runs the benchmark. */
export const certward = [process.execPath, path.join(root, 'bin', 'certward')];

/**
 * The path of an installed program: the newest in the project's cache, else the one on the PATH.
 * @param {string} name
 * @returns {string | undefined}
 */
export function installed(name) {
  const cache = path.join(root, '.cache', 'testbed');
  try {
    const found = readdirSync(cache, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith(`/usr/bin/${name}`))
      .sort()
      .at(-1);
    if (found !== undefined) return path.join(cache, found);
  } catch {
    // no cache: the PATH is what there is
  }
  try {
    return execFileSync('which', [name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}

/**
 * A peer that needs no preparation.
 * @param {string} name
 * @param {readonly string[]} args
 * @returns {import('./harness.mjs').Competitor}
 */
export function peer(name, args) {
  const binary = installed(name);
  if (binary === undefined) return { name, unavailable: 'not installed' };
  return { name, command: () => ({ argv: [binary, ...args] }) };
}
