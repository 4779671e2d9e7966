// Small shared parts of the scripts in this folder: the project's root, and running a command in it.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's root folder. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/**
 * Runs a command in the project's root with inherited output.
 * @param {string} command
 * @param {readonly string[]} args
 * @returns {number} its exit status, 1 when it could not be started or was ended by a signal
 */
export function run(command, args) {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (result.error !== undefined) console.error(`could not run ${command}: ${result.error.message}`);
  return result.status ?? 1;
}

/**
 * Runs a command like {@link run}, but shows its output only if it failed.
 * @param {string} command
 * @param {readonly string[]} args
 * @returns {number}
 */
export function runQuietly(command, args) {
  const result = spawnSync(command, args, { cwd: root, encoding: 'utf8' });
  if (result.status !== 0) console.error(`${result.stdout}${result.stderr}${result.error?.message ?? ''}`);
  return result.status ?? 1;
}

/**
 * The path of a script that a development dependency provides.
 * @param {string} packageName
 * @param {string} bin
 */
export function binaryOf(packageName, bin) {
  const manifest = path.join(root, 'node_modules', packageName, 'package.json');
  const { bin: bins } = JSON.parse(readFileSync(manifest, 'utf8'));
  return path.join(path.dirname(manifest), typeof bins === 'string' ? bins : bins[bin]);
}

/** Installs the npm packages unless what the lock file asks for is installed already. */
export function installPackages() {
  const installed = path.join(root, 'node_modules', '.package-lock.json');
  const lock = path.join(root, 'package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  const status = run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
  if (status !== 0) process.exit(status);
}
