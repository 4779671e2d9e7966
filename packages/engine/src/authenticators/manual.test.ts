import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Authenticator, ChallengeToAnswer, ChallengeType, PresentationHandle } from '../ports.ts';
import { createManualAuthenticator, type ManualInstruction, type ManualOptions } from './manual.ts';

let folder = '';
let log = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'manual-'));
  log = join(folder, 'log');
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function challenge(value: string, type: ChallengeType = 'http-01', token = `token-${value.replaceAll(/[.:]/g, '-')}`): ChallengeToAnswer {
  return {
    identifier: { type: /^[\d.]+$|:/.test(value) ? 'ip' : 'dns', value },
    wildcard: false,
    type,
    token,
    keyAuthorization: `${token}.thumb`,
    validation: type === 'http-01' ? `${token}.thumb` : `digest-of-${token}`,
    recordName: type === 'http-01' ? '' : `_acme-challenge.${value}`,
    accountUrl: 'https://ca.test/account/1',
  };
}

/** A hook that writes down its variables as Certbot's scripts would see them. */
function recorder(phase: string): string {
  return `env | grep ^CERTBOT_ | sort | tr '\\n' '|' | sed 's/^/${phase} /' >> ${log}; echo >> ${log}; echo "  out of $CERTBOT_DOMAIN  "`;
}

function manual(options: Partial<ManualOptions> = {}): Authenticator {
  return createManualAuthenticator({ env: { PATH: process.env['PATH'] }, authHook: recorder('auth'), cleanupHook: recorder('cleanup'), ...options });
}

async function presentAll(authenticator: Authenticator, challenges: readonly ChallengeToAnswer[]): Promise<PresentationHandle[]> {
  const handles: PresentationHandle[] = [];
  const planned = await authenticator.plan(challenges);
  for (const [index, one] of challenges.entries()) handles.push(await authenticator.present(one, planned[index] ?? null));
  return handles;
}

async function lines(): Promise<Record<string, string>[]> {
  return (await readFile(log, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => {
      const phase = line.slice(0, line.indexOf(' '));
      const rest = line.slice(phase.length + 1);
      return { phase, ...Object.fromEntries(rest.split('|').filter(Boolean).map((pair) => [pair.slice(8, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)])) };
    });
}

describe('manual hooks', () => {
  test('get exactly the variables that Certbot sets', async () => {
    const authenticator = manual({ env: { PATH: process.env['PATH'], CERTBOT_TOKEN: 'inherited', CERTBOT_AUTH_OUTPUT: 'inherited' } });
    const handles = await presentAll(authenticator, [challenge('a.test'), challenge('b.test', 'dns-01')]);
    for (const handle of handles) await authenticator.cleanUp(handle);
    const common = { ALL_DOMAINS: 'a.test,b.test', ALL_IDENTIFIERS: 'a.test,b.test' };
    const first = { ...common, DOMAIN: 'a.test', IDENTIFIER: 'a.test', REMAINING_CHALLENGES: '1', TOKEN: 'token-a-test', VALIDATION: 'token-a-test.thumb' };
    const second = { ...common, DOMAIN: 'b.test', IDENTIFIER: 'b.test', REMAINING_CHALLENGES: '0', VALIDATION: 'digest-of-token-b-test' };
    expect(await lines()).toEqual([
      { phase: 'auth', ...first },
      { phase: 'auth', ...second },
      { phase: 'cleanup', ...first, AUTH_OUTPUT: 'out of a.test' },
      { phase: 'cleanup', ...second, AUTH_OUTPUT: 'out of b.test' },
    ]);
  });

  test('clean up from the journal in another process, also when the auth hook never ended', async () => {
    const [interrupted = null] = await manual().plan([challenge('a.test', 'dns-01')]);
    await manual().cleanUp(JSON.parse(JSON.stringify(interrupted)) as PresentationHandle);
    expect(await lines()).toMatchObject([{ phase: 'cleanup', DOMAIN: 'a.test', VALIDATION: 'digest-of-token-a-test', AUTH_OUTPUT: '' }]);
  });

  test('that fail are reported and leave the verdict to the ca', async () => {
    const ended: unknown[] = [];
    const authenticator = manual({ authHook: 'echo sorry >&2; exit 9', onHookEnd: (label, { identifier }, { status, stderr }) => void ended.push([label, identifier.value, status, stderr]) });
    await presentAll(authenticator, [challenge('a.test')]);
    expect(ended).toEqual([['--manual-auth-hook', 'a.test', 9, 'sorry\n']]);
  });

  test('need no clean-up hook', async () => {
    const authenticator = createManualAuthenticator({ env: {}, authHook: 'true' });
    const [handle = null] = await presentAll(authenticator, [challenge('a.test')]);
    await expect(authenticator.cleanUp(handle)).resolves.toBeUndefined();
  });

  test('keep the output for the journal within bounds', async () => {
    const [handle = null] = await presentAll(manual({ authHook: 'yes | head -c 1000000' }), [challenge('a.test')]);
    expect(JSON.stringify(handle).length).toBeLessThan(40_000);
  });

  test('are ended by an abort, and nothing of a challenge can become shell', async () => {
    const controller = new AbortController();
    const authenticator = manual({ authHook: 'sleep 30' });
    const one = challenge('a.test');
    const [planned = null] = await authenticator.plan([one]);
    const presenting = authenticator.present(one, planned, { signal: controller.signal });
    controller.abort(new Error('ctrl-c'));
    await expect(presenting).rejects.toThrow('ctrl-c');
    await expect(authenticator.plan([challenge('a.test', 'http-01', '$(reboot)')])).rejects.toMatchObject({ code: 'tokenInvalid' });
  });
});

describe('a person at the terminal', () => {
  test('is shown every challenge with its place and what is still to come', async () => {
    const shown: ManualInstruction[] = [];
    const authenticator = createManualAuthenticator({ env: {}, prompt: { show: async (instruction) => void shown.push(instruction) } });
    await presentAll(authenticator, [challenge('2001:db8::1'), challenge('b.test', 'dns-01'), challenge('b.test', 'dns-01', 'token-2')]);
    expect(shown).toMatchObject([
      { url: 'http://[2001:db8::1]/.well-known/acme-challenge/token-2001-db8--1', position: 0, remaining: 2, sharesRecordName: false },
      { position: 1, remaining: 1, sharesRecordName: false, challenge: { recordName: '_acme-challenge.b.test' } },
      { position: 2, remaining: 0, sharesRecordName: true },
    ]);
    expect(shown[1]?.url).toBeUndefined();
  });

  test('is missed when there is no hook either', async () => {
    await expect(createManualAuthenticator({ env: {} }).plan([challenge('a.test')])).rejects.toMatchObject({
      code: 'manualInputMissing',
      hint: expect.stringContaining('--manual-auth-hook') as unknown,
    });
  });
});

test('the manual authenticator answers http-01 first, dns-01 for wildcards, and only http-01 for addresses', () => {
  const authenticator = manual();
  expect(authenticator.challengeTypes({ type: 'dns', value: 'a.test' }, { wildcard: false })[0]).toBe('http-01');
  expect(authenticator.challengeTypes({ type: 'dns', value: 'a.test' }, { wildcard: true })).toEqual(['dns-01', 'dns-account-01']);
  expect(authenticator.challengeTypes({ type: 'ip', value: '192.0.2.1' }, { wildcard: false })).toEqual(['http-01']);
});
