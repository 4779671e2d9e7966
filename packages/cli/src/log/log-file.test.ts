import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createFakeClock } from '@certward/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseArguments } from '../args/parse.ts';
import { describeArguments } from './arguments.ts';
import { formatLine } from './format.ts';
import { LogFile } from './log-file.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cli-log-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const clock = createFakeClock(new Date('2026-11-20T12:00:00.005Z'));
const open = (maxBackups: number) => {
  const log = new LogFile(clock);
  log.open({ folder: path.join(folder, 'logs'), maxBackups });
  return log;
};
const read = (name: string) => readFileSync(path.join(folder, 'logs', name), 'utf8');

describe('LogFile', () => {
  test('keeps what was logged before it was opened, in Certbot\'s line format', () => {
    const log = new LogFile(clock);
    log.debug('early', { verb: 'renew' });
    log.open({ folder: path.join(folder, 'logs'), maxBackups: 1000 });
    log.warn('late');
    log.close();
    expect(read('letsencrypt.log')).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,005:DEBUG:certward:early {"verb":"renew"}\n.*:WARNING:certward:late\n$/);
  });

  test('folder and file are for their owner only', () => {
    open(0).close();
    expect(statSync(path.join(folder, 'logs')).mode & 0o777).toBe(0o700);
    expect(statSync(path.join(folder, 'logs', 'letsencrypt.log')).mode & 0o777).toBe(0o600);
  });

  test('runs append to one file until it is large; then it is shifted and the oldest goes', () => {
    const large = 'x'.repeat(1024 * 1024 + 1);
    for (let run = 1; run <= 4; run++) {
      open(2).close();
      writeFileSync(path.join(folder, 'logs', 'letsencrypt.log'), `${run}${large}`);
    }
    open(2).close();
    expect(readdirSync(path.join(folder, 'logs')).sort()).toEqual(['letsencrypt.log', 'letsencrypt.log.1', 'letsencrypt.log.2']);
    expect(read('letsencrypt.log.1')[0]).toBe('4');
    expect(read('letsencrypt.log.2')[0]).toBe('3');
  });

  test('with 0 backups one file grows', () => {
    open(0).close();
    writeFileSync(path.join(folder, 'logs', 'letsencrypt.log'), 'x'.repeat(2 * 1024 * 1024));
    open(0).close();
    expect(readdirSync(path.join(folder, 'logs'))).toEqual(['letsencrypt.log']);
  });

  test('does not follow a planted link', () => {
    open(0).close();
    rmSync(path.join(folder, 'logs', 'letsencrypt.log'));
    symlinkSync(path.join(folder, 'victim'), path.join(folder, 'logs', 'letsencrypt.log'));
    expect(() => open(0)).toThrow(expect.objectContaining({ code: 'folderUnusable' }));
    expect(existsSync(path.join(folder, 'victim'))).toBe(false);
  });

  test('a run that fails before its log is open leaves a temporary one', () => {
    const log = new LogFile(clock);
    log.error('too early');
    const file = log.openTemporary() ?? '';
    expect(readFileSync(file, 'utf8')).toContain('too early');
    log.close();
    rmSync(path.dirname(file), { recursive: true });
  });
});

describe('what a line shows', () => {
  const line = (message: string, fields = {}) => formatLine({ at: new Date(0), level: 'INFO', message, fields });

  test('no message forges a second line', () => {
    expect(line('a\nb\u001B[31m').trimEnd().split('\n')).toHaveLength(1);
  });

  test('private keys are left out, errors come with their trace', () => {
    expect(line('x', { key: '-----BEGIN PRIVATE KEY-----\nMIG' })).toContain('"key":"[secret]"');
    expect(line('x', { error: new Error('boom') })).toContain('Error: boom');
  });

  test('the HMAC key of an external account binding never shows', () => {
    const parsed = parseArguments(['register', '--eab-kid', 'kid', '--eab-hmac-key', 'c2VjcmV0'], { iniFiles: [] });
    expect(describeArguments(parsed)).toEqual({ '--eab-kid': 'kid', '--eab-hmac-key': '[secret]' });
  });
});
