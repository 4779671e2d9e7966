import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { type Log, silentLog } from '@certward/base';
import { temporaryFolder } from '@certward/testing';
import { describe, expect, test } from 'vitest';
import { planShippedFile, shippedFiles, writeShippedFiles } from './install.ts';
import { equivalentOptionsHashes, formerOptionsHashes } from './known-hashes.ts';

const abilities = { tls13: true, ticketsCanBeOff: true };
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

async function withFolder(work: (site: ReturnType<typeof shippedFiles>, folder: string) => Promise<void>): Promise<void> {
  await using folder = await temporaryFolder('snippets');
  await work(shippedFiles(folder.path, abilities), folder.path);
}

describe('a shipped file', () => {
  test('is installed with its digest, and then left as it is', () =>
    withFolder(async ({ options, dhparams }, folder) => {
      await writeShippedFiles(folder, [...planShippedFile(options, silentLog), ...planShippedFile(dhparams, silentLog)]);
      expect(readFileSync(options.digestPath, 'utf8')).toBe(sha256(readFileSync(options.path, 'utf8')));
      expect(sha256(readFileSync(dhparams.path, 'utf8'))).toBe('9ba6429597aeed2d8617a7705b56e96d044f64b07971659382e426675105654b');
      expect(planShippedFile(options, silentLog)).toEqual([]);
    }));

  test('replaces a version that nobody edited', () =>
    withFolder(async ({ options }, folder) => {
      const old = 'ssl_protocols TLSv1;\n';
      writeFileSync(options.path, old);
      const known = { ...options, formerHashes: new Set([sha256(old)]) };
      await writeShippedFiles(folder, planShippedFile(known, silentLog));
      expect(readFileSync(options.path, 'utf8')).toBe(options.content);
    }));

  test('leaves an equivalent version, without a word', () =>
    withFolder(async ({ options }) => {
      writeFileSync(options.path, 'equivalent');
      expect(planShippedFile({ ...options, equivalentHashes: new Set([sha256('equivalent')]) }, silentLog)).toEqual([]);
    }));

  test('leaves an edited version, and warns once per version of ours', () =>
    withFolder(async ({ options }, folder) => {
      writeFileSync(options.path, 'mine');
      const warnings: string[] = [];
      const log: Log = { ...silentLog, warn: (message) => warnings.push(message) };
      await writeShippedFiles(folder, planShippedFile(options, log));
      await writeShippedFiles(folder, planShippedFile(options, log));
      expect([warnings.length, readFileSync(options.path, 'utf8')]).toEqual([1, 'mine']);
    }));

  test('has variants for servers that lack TLS 1.3 or cannot switch tickets off', () => {
    const content = (tls13: boolean, ticketsCanBeOff: boolean) => shippedFiles('/x', { tls13, ticketsCanBeOff }).options.content;
    expect(content(false, true)).toContain('ssl_protocols TLSv1.2;');
    expect(content(true, false)).not.toContain('ssl_session_tickets');
  });

  test('is told apart from 21 former ones', () => {
    expect([formerOptionsHashes.size + equivalentOptionsHashes.size, [...formerOptionsHashes].every((hash) => /^[0-9a-f]{64}$/.test(hash))]).toEqual([21, true]);
  });
});
