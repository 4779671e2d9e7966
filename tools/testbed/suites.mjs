// Newer Debian releases of a program, unpacked into the project's cache by an apt configuration of its own.
// The machine's package lists and installed packages are neither used nor changed, so this needs no root.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderName } from './parts.mjs';
import { findMirror, sourcesList } from './sources.mjs';

/** @typedef {import('./parts.mjs').SuitePart} SuitePart */

/**
 * Unpacks each part into `<cache>/<name>-<suite>`.
 * @param {string} cache
 * @param {readonly SuitePart[]} parts
 * @param {(line: string) => void} say
 * @returns {string[]} one line for each part that could not be had
 */
export function installFromSuites(cache, parts, say) {
  const mirror = findMirror(machineSources());
  if (mirror === undefined) return parts.map((part) => `${folderName(part)}: apt's sources name no Debian mirror`);
  const work = join(cache, 'apt');
  rmSync(work, { recursive: true, force: true });
  try {
    const apt = privateApt(work, sourcesList(mirror, [...new Set(parts.flatMap((part) => part.suites))], existsSync));
    say('reading the package lists of newer Debian suites');
    apt('apt-get', ['-qq', 'update'], work);
    return parts.flatMap((part) => {
      const trouble = installPart(cache, part, apt, say);
      return trouble === undefined ? [] : [`${folderName(part)}: ${trouble}`];
    });
  } catch (error) {
    return parts.map((part) => `${folderName(part)}: ${lastLines(error)}`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** @typedef {(program: string, args: readonly string[], cwd: string) => string} Apt */

/**
 * @param {string} cache
 * @param {SuitePart} part
 * @param {Apt} apt
 * @param {(line: string) => void} say
 * @returns {string | undefined} what went wrong
 */
function installPart(cache, part, apt, say) {
  let trouble = 'no suite has it';
  for (const suite of part.suites) {
    const staging = join(cache, 'apt', folderName(part));
    rmSync(staging, { recursive: true, force: true });
    mkdirSync(staging, { recursive: true });
    try {
      apt('apt-get', ['-qq', 'download', `${part.name}/${suite}`], staging);
      const archive = readdirSync(staging).find((file) => file.endsWith('.deb'));
      if (archive === undefined) continue;
      const version = run('dpkg-deb', ['-f', archive, 'Version'], staging).trim();
      run('dpkg', ['-x', archive, '.'], staging);
      rmSync(join(staging, archive));
      // A binary of a newer release may want newer libraries than this machine has: find out now, not in a test.
      run(join(staging, part.program), part.versionArguments, staging);
      writeFileSync(join(staging, 'version.json'), `${JSON.stringify({ package: part.name, suite, version })}\n`);
      const folder = join(cache, folderName(part));
      rmSync(folder, { recursive: true, force: true });
      renameSync(staging, folder);
      say(`${part.name} ${version} from ${suite}`);
      return undefined;
    } catch (error) {
      trouble = lastLines(error);
    }
  }
  return trouble;
}

/**
 * @param {string} work
 * @param {string} sources
 * @returns {Apt}
 */
function privateApt(work, sources) {
  mkdirSync(join(work, 'lists', 'partial'), { recursive: true });
  mkdirSync(join(work, 'cache', 'archives', 'partial'), { recursive: true });
  writeFileSync(join(work, 'sources.list'), sources);
  const options = [
    `Dir::State::Lists=${join(work, 'lists')}`,
    `Dir::Cache=${join(work, 'cache')}`,
    `Dir::Etc::sourcelist=${join(work, 'sources.list')}`,
    'Dir::Etc::sourceparts=/dev/null',
    'Dir::Etc::preferencesparts=/dev/null',
    'Acquire::Languages=none',
    'Acquire::Retries=2',
    // The unprivileged download user of apt cannot write into the project's folder.
    ...(process.getuid?.() === 0 ? ['APT::Sandbox::User=root'] : []),
  ].flatMap((option) => ['-o', option]);
  return (program, args, cwd) => run(program, [...options, ...args], cwd);
}

/** @returns {{ path: string, text: string }[]} */
function machineSources() {
  const parts = '/etc/apt/sources.list.d';
  const names = existsSync(parts) ? readdirSync(parts).filter((name) => /\.(?:list|sources)$/.test(name)) : [];
  return [...names.map((name) => join(parts, name)), '/etc/apt/sources.list']
    .filter((path) => existsSync(path))
    .map((path) => ({ path, text: readFileSync(path, 'utf8') }));
}

/**
 * Runs a program to its end; what it prints is part of the error when it fails.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {string} [cwd]
 */
export function run(program, args, cwd) {
  return execFileSync(program, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' },
  });
}

/**
 * The end of what a failed program printed, in one line.
 * @param {unknown} error
 */
export function lastLines(error) {
  const stderr = /** @type {{ stderr?: unknown }} */ (error).stderr;
  const text = typeof stderr === 'string' && stderr.trim() !== '' ? stderr : /** @type {Error} */ (error).message;
  return text.trim().split('\n').slice(-3).join(' | ');
}
