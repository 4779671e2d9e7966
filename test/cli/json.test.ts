// Every verb says what it did as one JSON document on stdout, and nothing else there.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sandboxFor, standalone, startAuthority, type TestAuthority } from './support/authority.ts';
import type { Sandbox } from './support/sandbox.ts';

let authority: TestAuthority;
let sandbox: Sandbox;
beforeAll(async () => {
  authority = await startAuthority();
  sandbox = await sandboxFor(authority);
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
  await authority[Symbol.asyncDispose]();
});

const server = () => ['--server', authority.directoryUrl];

describe('--json', () => {
  // In this order: each verb finds what the ones before it made.
  test.each([
    ['register', () => ['register', '-n', '--agree-tos', ...server()], ['account']],
    ['show_account', () => ['show_account', ...server()], ['accountUrl', 'status']],
    ['update_account', () => ['update_account', '-n', '-m', 'you@example.com', ...server()], []],
    ['certonly', () => [...standalone(authority, 'a.test')], ['action', 'name', 'serial', 'paths']],
    // run, install, enhance and rollback need a web server: they are tried with one.
    ['certonly', () => [...standalone(authority, 'b.test')], ['action', 'name']],
    ['plugins', () => ['plugins'], ['plugins']],
    ['config_changes', () => ['config_changes'], ['changes', 'total']],
    ['renew', () => ['renew', '--no-random-sleep-on-renew'], ['certificates']],
    ['certificates', () => ['certificates'], ['certificates']],
    ['revoke', () => ['revoke', '-n', '--cert-name', 'b.test', '--no-delete-after-revoke'], []],
    ['delete', () => ['delete', '-n', '--cert-name', 'b.test'], []],
    ['unregister', () => ['unregister', '-n', ...server()], []],
  ] as const)('%s', async (verb, words, members) => {
    const { code, document, stderr } = await sandbox.json(words());
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    expect(document).toMatchObject({ schema: 1, verb, ok: true, result: expect.any(Object) as object });
    expect(Object.keys(document.result ?? {})).toEqual(expect.arrayContaining([...members]));
  });

  test.each([
    ['certonly', () => ['certonly', '-n', '--standalone', '-d', 'a..test', ...server()]],
    ['renew', () => ['renew', '--cert-name', 'nobody']],
    ['revoke', () => ['revoke', '-n', '--cert-name', 'nobody']],
    ['delete', () => ['delete', '-n', '--cert-name', 'nobody']],
    ['show_account', () => ['show_account', ...server()]],
  ] as const)('%s that fails names code, message and remedy', async (verb, words) => {
    const { code, document } = await sandbox.json(words());
    expect(code).toBe(1);
    expect(document).toMatchObject({ schema: 1, verb, ok: false, error: { code: expect.stringMatching(/^\w+$/) as string, message: expect.stringMatching(/\S/) as string } });
  });
});
