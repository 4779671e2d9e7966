// High concurrency, proven here because real test authorities wedge under it.
import { generatePrivateKey } from '@certward/pki';
import { createFakeClock, temporaryFolder } from '@certward/testing';
import { describe, expect, test } from 'vitest';
import { createMemoryStore } from './store/memory.ts';
import { openSqliteStore } from './store/sqlite.ts';
import type { Store } from './store/store.ts';
import { RawClient } from './testing/raw-client.ts';
import { createTestCa } from './testing/test-ca.ts';

async function issueAll(store: Store, count: number): Promise<number> {
  const ca = await createTestCa({ clock: createFakeClock(), store });
  const client = await RawClient.registered(ca);
  const key = await generatePrivateKey({ type: 'ecdsa', curve: 'P-256' });
  const started = performance.now();
  const pems = await Promise.all(Array.from({ length: count }, async (_, index) => (await client.obtain(ca, [`n${index}.test`], { key })).pem));
  const elapsed = performance.now() - started;
  expect(pems.every((pem) => pem.startsWith('-----BEGIN CERTIFICATE-----'))).toBe(true);
  expect(new Set(pems).size).toBe(count);
  return elapsed;
}

describe('200 orders in flight', () => {
  test('are all issued, in memory', async () => {
    // 1,800 requests, each signed and verified: far below the limit on any machine unless something is quadratic.
    expect(await issueAll(createMemoryStore(), 200)).toBeLessThan(15_000);
  });

  test('are all issued and on disk, in SQLite', async () => {
    await using folder = await temporaryFolder();
    await using store = await openSqliteStore(folder.join('ca.sqlite'));
    expect(await issueAll(store, 200)).toBeLessThan(20_000);
  });
});

test('one order with a hundred names', async () => {
  const ca = await createTestCa({ clock: createFakeClock() });
  const client = await RawClient.registered(ca);
  const { pem } = await client.obtain(ca, Array.from({ length: 100 }, (_, index) => `n${index}.test`));
  expect(pem).toContain('BEGIN CERTIFICATE');
});
