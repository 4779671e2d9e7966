// Answers http-01 through HAProxy itself: rules in its configuration under a temporary checkpoint, taken back afterwards.
import type { Authenticator, CallOptions, Disk } from '@certward/engine';

import type { Checkpoints } from '../checkpoint/checkpoints.ts';
import { replaceFile } from '../checkpoint/config-file.ts';
import { HaproxyError } from './errors.ts';
import { addChallengeAnswers } from './rules.ts';
import { openWorkspace } from './workspace.ts';

/** What the authenticator needs of its installer. */
export interface HaproxyAuthenticatorOptions {
  readonly configFile: string;
  readonly checkpoints: Checkpoints;
  readonly httpPort: number;
  readonly disk: Disk;
  readonly configTest: (options?: CallOptions) => Promise<void>;
  readonly reload: (options: CallOptions) => Promise<void>;
}

/** All challenges of a run share one edit: rules are written when they must be ready, and taken back with the last clean-up. */
export function createHaproxyAuthenticator(options: HaproxyAuthenticatorOptions): Authenticator {
  const { configFile, checkpoints, httpPort, disk } = options;
  const answers = new Map<string, string>();
  let written = '';
  let cleaned = false;
  let turn: Promise<void> = Promise.resolve();
  /** One edit at a time, also when several issuances run. */
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const mine = turn.then(work);
    turn = mine.catch(() => {});
    return mine;
  };

  const write = async (call: CallOptions) => {
    const wanted = [...answers.keys()].join(' ');
    if (wanted === written) return;
    // From the original each time, so that rules of finished challenges go.
    await checkpoints.revertTemporary();
    const workspace = openWorkspace(configFile);
    addChallengeAnswers(workspace, answers, { httpPort });
    const changes = workspace.changes();
    await checkpoints.addFiles(changes.map(({ path }) => path), { temporary: true, notes: 'http-01\n' });
    try {
      for (const { path, after } of changes) await replaceFile(path, after ?? '', { disk });
      await options.configTest(call);
    } catch (error) {
      await checkpoints.revertTemporary();
      throw error;
    }
    await options.reload(call);
    written = wanted;
  };

  return {
    name: 'haproxy',
    challengeTypes: (_identifier, { wildcard }) => (wildcard ? [] : ['http-01']),
    plan: (challenges) => Promise.resolve(challenges.map(({ token }) => ({ token }))),
    present(challenge, handle, { signal } = {}) {
      signal?.throwIfAborted();
      answers.set(challenge.token, challenge.keyAuthorization);
      return Promise.resolve(handle);
    },
    waitUntilReady: (_presented, { signal }) => inTurn(() => write({ signal })),
    cleanUp: (handle, { signal } = {}) =>
      inTurn(async () => {
        answers.delete(tokenOf(handle));
        if (answers.size > 0 || (cleaned && written === '')) return;
        await checkpoints.revertTemporary();
        // In another process than the one that presented, nothing tells whether the server still has the rules.
        await options.reload({ signal });
        written = '';
        cleaned = true;
      }),
    hint: (problemType) =>
      ['connection', 'unauthorized', 'dns'].includes(problemType)
        ? `make sure that the names point to this machine, and that port ${httpPort} reaches this HAProxy`
        : undefined,
  };
}

function tokenOf(handle: unknown): string {
  if (typeof handle === 'object' && handle !== null && 'token' in handle && typeof handle.token === 'string') return handle.token;
  throw new HaproxyError('http01Unsupported', 'the journal has no token for this challenge');
}
