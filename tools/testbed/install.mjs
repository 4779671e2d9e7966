// Installs what the tests need beyond npm packages: name servers, other ACME clients, several Pebbles.
// Does its work on Debian; elsewhere it says what is missing. Costs a few stat calls when everything is there.
//
//   node tools/testbed/install.mjs            installs what it can, names the rest, exit code 0
//   node tools/testbed/install.mjs --require  the same, exit code 1 when something is missing
import { accessSync, constants, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { takeLock } from './lock.mjs';
import { withoutAutostart } from './no-autostart.mjs';
import { folderName, machineParts, suiteParts } from './parts.mjs';
import { installFromSuites, lastLines, run } from './suites.mjs';

const cache = fileURLToPath(new URL('../../.cache/testbed/', import.meta.url));
const programFolders = [...new Set([...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/bin', '/sbin', '/bin'])];

/** @param {string} line */
const say = (line) => void process.stderr.write(`testbed: ${line}\n`);

/** @param {string} path */
function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** @param {import('./parts.mjs').MachinePart} part */
function isInstalled({ probe }) {
  return probe.startsWith('/') ? existsSync(probe) : programFolders.some((folder) => isProgram(join(folder, probe)));
}

function missingParts() {
  return {
    machine: machineParts.filter((part) => !isInstalled(part)),
    suites: suiteParts.filter((part) => !isProgram(join(cache, folderName(part), part.program))),
  };
}

/**
 * Installs packages of the machine's own release.
 * @param {readonly import('./parts.mjs').MachinePart[]} parts
 */
function installOnMachine(parts) {
  const names = parts.map((part) => part.package);
  const install = (/** @type {readonly string[]} */ wanted) =>
    run('apt-get', ['-qq', '-y', '-o', 'DPkg::Lock::Timeout=600', '--no-install-recommends', 'install', ...wanted]);
  say(`installing ${names.join(' ')}`);
  withoutAutostart(() => {
    try {
      install(names);
    } catch {
      // Lists are missing or old on a fresh machine.
      run('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=600', 'update']);
      const known = names.filter((name) => isKnown(name));
      if (known.length > 0) install(known);
    }
  });
}

/**
 * Whether this release has the package: one that it lacks must not keep the others away.
 * @param {string} name
 */
function isKnown(name) {
  try {
    run('apt-cache', ['show', '--no-all-versions', name]);
    return true;
  } catch {
    return false;
  }
}

function isDebian() {
  return existsSync('/etc/os-release') && /^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8'));
}

/** Installs what is missing. Returns a line for each part that still is. */
function installMissing() {
  /** @type {string[]} */
  const reasons = [];
  const missing = missingParts();
  if (!isDebian()) {
    reasons.push('this is not Debian: install the programs below by other means');
  } else {
    if (missing.machine.length > 0 && process.getuid?.() !== 0) {
      reasons.push(`run as root: apt-get install ${missing.machine.map((part) => part.package).join(' ')}`);
    } else if (missing.machine.length > 0) {
      try {
        installOnMachine(missing.machine);
      } catch (error) {
        reasons.push(`apt-get: ${lastLines(error)}`);
      }
    }
    if (missing.suites.length > 0) reasons.push(...installFromSuites(cache, missing.suites, say));
  }
  return reasons;
}

function main() {
  let missing = missingParts();
  let reasons = /** @type {string[]} */ ([]);
  if (missing.machine.length + missing.suites.length > 0) {
    mkdirSync(cache, { recursive: true });
    const release = takeLock(join(cache, 'lock'), { onWait: (pid) => say(`waiting for process ${pid} that installs`) });
    try {
      reasons = installMissing();
    } finally {
      release();
    }
    missing = missingParts();
  }
  const names = [...missing.machine.map((part) => part.package), ...missing.suites.map(folderName)];
  if (names.length === 0) return;
  for (const reason of reasons) say(reason);
  for (const name of names) say(`missing: ${name}; the tests that use it will fail`);
  if (process.argv.includes('--require')) process.exitCode = 1;
}

main();
