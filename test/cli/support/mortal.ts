// A command that kills itself with SIGKILL at its N-th touch with the world: a change below the sandbox, or a request to
// the CA going out or answered. Preloaded into the real process, so nothing of the command knows.
import type { Sandbox } from './sandbox.ts';

/** What a mortal run is told by its environment. */
export interface MortalRun {
  /** 1 for the first point; 0 lets it live and count. */
  readonly killAt: number;
  /** Where a run that lives writes its number of points. */
  readonly countFile: string;
}

/**
 * Preloaded before the command. Everything that changes files goes through `node:fs`, whose functions are replaced before
 * anything imports them; logs are left out, since a line more or less in them decides nothing.
 */
const preload = (folders: readonly string[]) => `'use strict';
const { syncBuiltinESMExports } = require('node:module');
const fs = require('node:fs');
const http = require('node:http');
const folders = ${JSON.stringify(folders)};
const killAt = Number(process.env.MORTAL_KILL_AT);
let points = 0;
const point = () => {
  points += 1;
  if (points === killAt) process.kill(process.pid, 'SIGKILL');
};
const watched = new Set();
const concerns = (args) => args.slice(0, 2).some((arg) => (typeof arg === 'string' ? folders.some((folder) => arg.startsWith(folder)) : typeof arg === 'number' && watched.has(arg)));
const after = (result) => {
  if (result !== null && typeof result === 'object' && typeof result.then === 'function') return result.then((value) => (point(), value));
  point();
  return result;
};
const wrap = (on, name) => {
  const original = on[name];
  on[name] = function (...args) {
    if (!concerns(args)) return original.apply(this, args);
    point();
    const last = args.at(-1);
    if (typeof last === 'function') {
      args[args.length - 1] = (...results) => (point(), last(...results));
      return original.apply(this, args);
    }
    return after(original.apply(this, args));
  };
};
const openSync = fs.openSync;
fs.openSync = (path, flags, ...more) => {
  const descriptor = openSync(path, flags, ...more);
  if (concerns([path]) && flags !== undefined && flags !== 'r') {
    watched.add(descriptor);
    point();
  } else watched.delete(descriptor);
  return descriptor;
};
for (const name of ['writeSync', 'renameSync', 'linkSync', 'symlinkSync', 'unlinkSync', 'mkdirSync', 'rmdirSync', 'rmSync', 'fsync', 'fsyncSync', 'writeFileSync', 'appendFileSync']) wrap(fs, name);
for (const name of ['writeFile', 'rename', 'link', 'symlink', 'unlink', 'mkdir', 'rmdir', 'rm']) wrap(fs.promises, name);
syncBuiltinESMExports();
const end = http.ClientRequest.prototype.end;
http.ClientRequest.prototype.end = function (...args) {
  point();
  this.prependOnceListener('response', point);
  return end.apply(this, args);
};
process.on('exit', () => {
  if (killAt === 0) fs.writeFileSync(process.env.MORTAL_COUNT_FILE, String(points));
});
`;

/** The environment that makes a command mortal. */
export function mortalEnvironment(sandbox: Sandbox, { killAt, countFile }: MortalRun): Readonly<Record<string, string>> {
  const script = sandbox.write('mortal.cjs', preload([sandbox.config, sandbox.work, sandbox.join('webroot')]));
  return { NODE_OPTIONS: `--require=${script}`, MORTAL_KILL_AT: String(killAt), MORTAL_COUNT_FILE: countFile };
}
