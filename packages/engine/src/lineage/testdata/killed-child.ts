// For tests: a process that renews `a.test` in a store and kills itself, as `kill -9` would, before its N-th change.
// Arguments: configuration folder, N, file with `{ fullchainPem, privateKeyPem }`.
import { readFileSync } from 'node:fs';

import { type Disk, systemDisk } from '../../files/disk.ts';
import { openLineageStore } from '../store.ts';
import type { Material } from './material.ts';

const [configDir = '', at = '', materialPath = ''] = process.argv.slice(2);
let changes = 0;
const disk = new Proxy(systemDisk, {
  get(target, name: keyof Disk) {
    changes += 1;
    if (changes === Number(at)) process.kill(process.pid, 'SIGKILL');
    return target[name];
  },
});
const store = openLineageStore({ configDir, disk });
await store.addVersion(store.load('a.test'), JSON.parse(readFileSync(materialPath, 'utf8')) as Material);
