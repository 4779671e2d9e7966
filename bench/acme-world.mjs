// The surroundings of an issuance benchmark: a Pebble, the folders and accounts of every client, and a server of
// challenge files for the clients that only write them.
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startPebble } from '@certward/testing';

/**
 * @typedef {object} World
 * @property {import('@certward/testing').Pebble} pebble
 * @property {string} folder
 * @property {string} trustFile the root of Pebble's TLS certificate
 * @property {string} webroot
 * @property {() => string} nextName a name that no order had before
 * @property {() => { count: () => number }} watchRequests starts counting the ACME requests that Pebble gets
 * @property {() => Promise<void>} serveWebroot answers HTTP-01 from `webroot` until `stopServing`
 * @property {() => Promise<void>} stopServing
 * @property {() => Promise<void>} close
 */

/**
 * Starts a Pebble without sleeps and nonce games, and makes a folder for the clients.
 * @returns {Promise<World>}
 */
export async function createWorld() {
  // 2.6: uacme 1.7 stumbles over the newer challenge types that 2.10 offers.
  const pebble = await startPebble({ version: '2.6' });
  const folder = mkdtempSync(path.join(tmpdir(), 'certward-bench-world-'));
  const trustFile = path.join(folder, 'trust.pem');
  writeFileSync(trustFile, pebble.trustedCaPem);
  const webroot = path.join(folder, 'webroot');
  mkdirSync(webroot);
  let names = 0;
  /** @type {http.Server | undefined} */
  let server;
  return {
    pebble,
    folder,
    trustFile,
    webroot,
    nextName: () => `n${++names}.bench.test`,
    watchRequests() {
      // Only the end of the output is kept, so what was its end now marks the start.
      const mark = pebble.process.output().slice(-200);
      return { count: () => (pebble.process.output().split(mark).at(-1) ?? '').split('-> calling handler').length - 1 };
    },
    async serveWebroot() {
      server = http.createServer((request, response) => {
        const file = path.join(webroot, path.basename(request.url ?? ''));
        try {
          response.end(readFileSync(file));
        } catch {
          response.writeHead(404).end();
        }
      });
      const listening = server;
      await new Promise((resolve) => listening.listen(pebble.httpPort, '127.0.0.1', () => resolve(undefined)));
    },
    async stopServing() {
      server?.closeAllConnections();
      const closing = server;
      await new Promise((resolve) => (closing === undefined ? resolve(undefined) : closing.close(resolve)));
      server = undefined;
    },
    async close() {
      await pebble[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * Writes an executable shell script into the world's folder.
 * @param {World} world
 * @param {string} name
 * @param {string} body
 */
export function script(world, name, body) {
  const file = path.join(world.folder, name);
  writeFileSync(file, `#!/bin/sh\n${body}\n`);
  chmodSync(file, 0o755);
  return file;
}
