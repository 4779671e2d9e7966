import { appendFile, chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { testJournal } from '../conformance/journal.ts';
import type { JournalEntry } from '../ports.ts';
import { createFileJournal } from './file-journal.ts';
import { parseJournalEntry } from './journal-entry.ts';
import { createMemoryJournal } from './memory-journal.ts';

const bases: string[] = [];

afterEach(async () => {
  for (const base of bases.splice(0)) await rm(base, { recursive: true, force: true });
});

async function newFolder(): Promise<string> {
  const base = await mkdtemp(join(tmpdir(), 'journal-'));
  bases.push(base);
  return join(base, 'journal');
}

const runner = { describe, test };

testJournal('in memory', runner, async () => {
  const journal = createMemoryJournal();
  return { journal, reopen: async () => journal };
});

testJournal('in files', runner, async () => {
  const folder = await newFolder();
  return { journal: createFileJournal({ folder }), reopen: async () => createFileJournal({ folder }) };
});

const entry: JournalEntry = {
  id: '../../etc/passwd',
  directoryUrl: 'https://ca.test/directory',
  accountUrl: 'https://ca.test/account/1',
  identifiers: [{ type: 'dns', value: 'a.test' }],
  startedAt: '2026-11-20T12:00:00.000Z',
  order: { state: 'creating' },
  presentations: [],
  finalizing: false,
};

describe('file journal', () => {
  test('keeps folder, entries and keys to their owner, and names files by digest only', async () => {
    const folder = await newFolder();
    const journal = createFileJournal({ folder });
    await journal.save(entry);
    await journal.saveKey(entry.id, '../key', 'secret');
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    const names = await readdir(folder);
    expect(names).toHaveLength(2);
    for (const name of names) {
      expect(name).toMatch(/^[0-9a-f.]+(\.jsonl|\.key\.pem)$/);
      expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
    }
    await journal.remove(entry.id);
    expect(await readdir(folder)).toEqual([]);
  });

  test('sets unreadable entries aside with a warning and goes on', async () => {
    const folder = await newFolder();
    const warnings: unknown[] = [];
    const ignore = () => undefined;
    const journal = createFileJournal({ folder, log: { debug: ignore, info: ignore, error: ignore, warn: (_message, fields) => void warnings.push(fields?.['path']) } });
    await journal.save(entry);
    await journal.save({ ...entry, id: 'other' });
    const [name = ''] = await readdir(folder);
    const text = await readFile(join(folder, name), 'utf8');
    await writeFile(join(folder, name), text.slice(0, text.length / 2));
    expect(await journal.list()).toHaveLength(1);
    expect(warnings).toEqual([join(folder, name)]);
    expect(await readdir(folder)).toContain(`${name}.unreadable`);
    await journal.save(entry);
    expect(await journal.list()).toHaveLength(2);
  });

  test('goes by the last complete save when a crash cut off the one after it, also once more was saved', async () => {
    const folder = await newFolder();
    await createFileJournal({ folder }).save(entry);
    const [name = ''] = await readdir(folder);
    const later: JournalEntry = { ...entry, finalizing: true };
    for (const torn of ['\n', '\n{', `\n${JSON.stringify(later).slice(0, -1)}`]) {
      await appendFile(join(folder, name), torn);
      expect(await createFileJournal({ folder }).load(entry.id)).toEqual(entry);
    }
    await createFileJournal({ folder }).save(later);
    expect(await createFileJournal({ folder }).load(entry.id)).toEqual(later);
  });

  test('does not grow without end', async () => {
    const folder = await newFolder();
    const journal = createFileJournal({ folder });
    const large: JournalEntry = { ...entry, certificatePem: 'x'.repeat(100_000) };
    for (let saves = 0; saves < 40; saves++) await journal.save(large);
    const [name = ''] = await readdir(folder);
    expect((await stat(join(folder, name))).size).toBeLessThan(1_300_000);
    expect(await createFileJournal({ folder }).load(entry.id)).toEqual(large);
  });

  test('takes a log that a killed run made and did not write for no entry, and clears it', async () => {
    const folder = await newFolder();
    const warnings: string[] = [];
    const ignore = () => undefined;
    const log = { debug: ignore, info: ignore, error: ignore, warn: (message: string) => void warnings.push(message) };
    await createFileJournal({ folder }).save(entry);
    const [name = ''] = await readdir(folder);
    await writeFile(join(folder, name), '');
    expect(await createFileJournal({ folder, log }).load(entry.id)).toBeUndefined();
    expect(await createFileJournal({ folder, log }).list()).toEqual([]);
    await createFileJournal({ folder, log }).save({ ...entry, id: 'other' });
    expect(await readdir(folder)).toHaveLength(1);
    expect(warnings).toEqual([]);
  });

  test('clears what a killed writer left', async () => {
    const folder = await newFolder();
    await createFileJournal({ folder }).save(entry);
    await writeFile(join(folder, '.abc.json.1234-1.new'), 'half');
    await createFileJournal({ folder }).save(entry);
    expect((await readdir(folder)).filter((name) => name.endsWith('.new'))).toEqual([]);
  });

  test('ignores an entry under the name of another', async () => {
    const folder = await newFolder();
    const journal = createFileJournal({ folder });
    await journal.save(entry);
    const [name = ''] = await readdir(folder);
    await writeFile(join(folder, name), JSON.stringify({ ...entry, id: 'other' }));
    expect(await journal.load(entry.id)).toBeUndefined();
  });

  // Root may write everywhere, so there is nothing to refuse.
  test.skipIf(process.getuid?.() === 0)('says which folder it cannot write to', async () => {
    const folder = await newFolder();
    await createFileJournal({ folder }).save(entry);
    await chmod(folder, 0o500);
    await expect(createFileJournal({ folder }).save(entry)).rejects.toMatchObject({ code: 'notWritable' });
    await chmod(folder, 0o700);
  });
});

describe('a journal entry', () => {
  test('is read back or refused with our error, whatever the bytes', () => {
    const text = JSON.stringify(entry);
    fc.assert(
      fc.property(fc.nat(text.length), fc.string({ maxLength: 8 }), fc.nat(8), (at, inserted, cut) => {
        expectEntryOrOurError(text.slice(0, at) + inserted + text.slice(at + cut));
      }),
    );
    fc.assert(fc.property(fc.json(), expectEntryOrOurError));
  });
});

function expectEntryOrOurError(text: string): void {
  try {
    expect(typeof parseJournalEntry(text).id).toBe('string');
  } catch (error) {
    expect(error).toMatchObject({ code: 'journalMalformed' });
  }
}
