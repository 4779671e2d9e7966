import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { takeLock } from './lock.mjs';
import { withoutAutostart } from './no-autostart.mjs';
import { findMirror, sourcesList } from './sources.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'certward-testbed-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the mirror of the machine', () => {
  test('is the main archive of deb822 sources, with its keyring', () => {
    const text = [
      '# comment\nTypes: deb\nURIs: http://mirror.example/debian-security\nSuites: bookworm-security\nComponents: main',
      'Types: deb deb-src\nURIs: http://mirror.example/debian http://second.example/debian\nSuites: bookworm\nSigned-By: /keys/archive.gpg',
    ].join('\n\n');
    expect(findMirror([{ path: '/etc/apt/sources.list.d/debian.sources', text }])).toEqual({
      uri: 'http://mirror.example/debian',
      signedBy: '/keys/archive.gpg',
    });
  });

  test('is found in one-line sources, past comments, other archives and disabled stanzas', () => {
    const stanza = 'Types: deb\nURIs: http://off.example/debian\nSuites: bookworm\nEnabled: no';
    const lines = '# deb http://commented.example/debian x main\ndeb https://other.example/apt stable main\ndeb [arch=amd64 signed-by=/k.gpg] http://mirror.example/debian/ bookworm main\n';
    expect(findMirror([{ path: 'a.sources', text: stanza }, { path: 'sources.list', text: lines }])).toEqual({
      uri: 'http://mirror.example/debian/',
      signedBy: '/k.gpg',
    });
  });

  test('is unknown where nothing names one', () => {
    expect(findMirror([{ path: 'sources.list', text: '' }])).toBeUndefined();
  });

  test('serves other suites with the keyring that exists', () => {
    const mirror = { uri: 'http://mirror.example/debian', signedBy: undefined };
    expect(sourcesList(mirror, ['sid'], (path) => path.endsWith('.pgp'))).toBe(
      'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.pgp] http://mirror.example/debian sid main\n',
    );
    expect(sourcesList(mirror, ['sid'], () => false)).toBe('deb http://mirror.example/debian sid main\n');
  });
});

describe('the lock', () => {
  test('is given back and taken again', () => {
    const path = join(folder, 'lock');
    takeLock(path)();
    const release = takeLock(path);
    expect(readFileSync(path, 'utf8')).toBe(`${process.pid}\n`);
    release();
    expect(existsSync(path)).toBe(false);
  });

  test('is taken over from a process that is gone', () => {
    const path = join(folder, 'lock');
    writeFileSync(path, '4194305\n');
    takeLock(path)();
    expect(existsSync(path)).toBe(false);
  });

  test('is waited for, with patience, while its holder lives', () => {
    const path = join(folder, 'lock');
    writeFileSync(path, `${process.ppid}\n`);
    const waited: number[] = [];
    expect(() => takeLock(path, { patienceMs: 1, onWait: (pid) => waited.push(pid) })).toThrow(`process ${process.ppid} holds`);
    expect(waited).toEqual([process.ppid]);
  });
});

describe('a policy against auto-start', () => {
  test('holds during the work only, also when that fails', () => {
    const path = join(folder, 'policy-rc.d');
    expect(withoutAutostart(() => readFileSync(path, 'utf8'), path)).toMatch(/exit 101/);
    expect(existsSync(path)).toBe(false);
    expect(() => withoutAutostart(() => { throw new Error('apt failed'); }, path)).toThrow('apt failed');
    expect(existsSync(path)).toBe(false);
  });

  test('that was there before comes back, also after a run that was killed', () => {
    const path = join(folder, 'policy-rc.d');
    writeFileSync(path, 'theirs');
    withoutAutostart(() => undefined, path);
    expect(readFileSync(path, 'utf8')).toBe('theirs');
    withoutAutostart(() => {
      const ours = readFileSync(path, 'utf8');
      writeFileSync(join(folder, 'copy'), ours);
    }, path);
    // The state of a run that never came to its end: ours in place, theirs kept aside.
    writeFileSync(`${path}.certward-kept`, 'theirs');
    writeFileSync(path, readFileSync(join(folder, 'copy')));
    withoutAutostart(() => undefined, path);
    expect(readFileSync(path, 'utf8')).toBe('theirs');
    expect(existsSync(`${path}.certward-kept`)).toBe(false);
  });
});
