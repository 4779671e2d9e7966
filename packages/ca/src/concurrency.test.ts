// High concurrency, proven here because real test authorities wedge under it.
import { generatePrivateKey } from '@certward/pki';
import { createFakeClock, temporaryFolder } from '@certward/testing';
import { describe, expect, test } from 'vitest';
import { createMemoryStore } from './store/memory.ts';
import { openSqliteStore } from './store/sqlite.ts';
import type { Store } from './store/store.ts';
import { RawClient } from './testing/raw-client.ts';
import { createTestCa } from './testing/test-ca.ts';
import type { Validator } from './validation/validator.ts';

async function expectAllIssued(store: Store, count: number): Promise<void> {
  const ca = await createTestCa({ clock: createFakeClock(), store });
  const client = await RawClient.registered(ca);
  const key = await generatePrivateKey({ type: 'ecdsa', curve: 'P-256' });
  const pems = await Promise.all(Array.from({ length: count }, async (_, index) => (await client.obtain(ca, [`n${index}.test`], { key })).pem));
  expect(pems.every((pem) => pem.startsWith('-----BEGIN CERTIFICATE-----'))).toBe(true);
  expect(new Set(pems).size).toBe(count);
}

describe('200 orders in flight', () => {
  test('are all issued, in memory', async () => {
    // 1,800 requests, each signed and verified: far below the test's own limit unless something is quadratic.
    await expectAllIssued(createMemoryStore(), 200);
  });

  test('are all issued and on disk, in SQLite', async () => {
    await using folder = await temporaryFolder();
    await using store = await openSqliteStore(folder.join('ca.sqlite'));
    await expectAllIssued(store, 200);
  });
});

test('one order with a hundred names', async () => {
  const ca = await createTestCa({ clock: createFakeClock() });
  const client = await RawClient.registered(ca);
  const { pem } = await client.obtain(ca, Array.from({ length: 100 }, (_, index) => `n${index}.test`));
  expect(pem).toContain('BEGIN CERTIFICATE');
});

test('many validations that hang at once draw no warning about listeners', async () => {
  const warnings: string[] = [];
  const onWarning = (warning: Error) => void warnings.push(warning.name);
  process.on('warning', onWarning);
  const goOn: (() => void)[] = [];
  // As the real one does: each wait listens for the end of the authority.
  const validate: Validator['validate'] = (_, { signal }) =>
    new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error));
      goOn.push(resolve);
    });
  const ca = await createTestCa({ clock: createFakeClock(), validator: { validate } });
  const client = await RawClient.registered(ca);
  await client.respondAll(await client.order(Array.from({ length: 40 }, (_, index) => `n${index}.test`)));
  expect(goOn).toHaveLength(40);
  // Node reports in a later turn.
  await new Promise((resolve) => setImmediate(resolve));
  for (const one of goOn) one();
  await ca.idle();
  process.off('warning', onWarning);
  expect(warnings).toEqual([]);
});
