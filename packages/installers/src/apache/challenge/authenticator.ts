// Answers http-01 through a running Apache: temporary includes in its hosts, under the temporary checkpoint, so that the
// next run of this program or of Certbot takes back what a killed one leaves.
import { existsSync } from 'node:fs';
import type { Authenticator, CallOptions, ChallengeToAnswer, PresentationHandle } from '@certward/engine';
import type { Identifier } from '@certward/pki';
import type { ResolvedOptions } from '../options.ts';
import { hasEdits, saveEdits } from '../save.ts';
import type { ServerControl } from '../server/control.ts';
import type { Workspace } from '../workspace.ts';
import { answerPath, removeAnswer, writeAnswer } from './answers.ts';
import { challengeConfig, challengePlaces, includeChallenges } from './includes.ts';
import { probeAddresses, waitForAnswers } from './probe.ts';

/** What the authenticator shares with the installer. */
export interface ApacheAuthenticatorContext {
  readonly options: ResolvedOptions;
  readonly server: ServerControl;
  /** The configuration as it is on the disk now. */
  readonly load: (options?: CallOptions) => Promise<Workspace>;
}

/** See the head of this file. Every issuance of a process must use the same one: it knows when the last challenge is over. */
export function createApacheAuthenticator({ options, server, load }: ApacheAuthenticatorContext): Authenticator {
  const { checkpoints, log, clock, httpPort, layout, workDir } = options;
  const places = challengePlaces({ workDir, challengeLocation: layout.challengeLocation });
  const open = new Set<string>();
  const planned = new Map<string, Identifier>();
  const configured = new Set<string>();
  let last: Promise<unknown> = Promise.resolve();

  /** Presentations come side by side; the configuration is edited by one at a time. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work, work);
    last = result.catch(() => undefined);
    return result;
  };

  const configure = async (identifiers: readonly Identifier[], call: CallOptions): Promise<void> => {
    const workspace = await load(call);
    includeChallenges(workspace, identifiers, places);
    const { pre, post } = challengeConfig(places.folder);
    // Should the save fail, it takes the whole checkpoint back, earlier presentations included.
    configured.clear();
    if (hasEdits(workspace)) {
      const extraFiles = [{ path: places.pre, content: pre }, { path: places.post, content: post }];
      await saveEdits(workspace, { checkpoints, log, temporary: true, notes: ['HTTP Challenge'], extraFiles, configTest: (options) => server.configTest(options) }, call);
    }
    for (const { value } of planned.values()) configured.add(value);
  };

  const present = async (challenge: ChallengeToAnswer, call: CallOptions): Promise<void> => {
    await checkpoints.addNewFiles([answerPath(places.folder, challenge.token)], { temporary: true });
    await writeAnswer(places.folder, challenge.token, challenge.keyAuthorization);
    open.add(challenge.token);
    if (configured.has(challenge.identifier.value)) return;
    planned.set(challenge.identifier.value, challenge.identifier);
    await configure([...planned.values()], call);
  };

  const cleanUp = async (token: string, call: CallOptions): Promise<void> => {
    await removeAnswer(places.folder, token);
    open.delete(token);
    if (open.size > 0) return;
    planned.clear();
    configured.clear();
    const wasConfigured = existsSync(places.pre);
    await checkpoints.revertTemporary();
    if (wasConfigured) await server.reload(call);
  };

  return {
    name: 'apache',
    challengeTypes: (_identifier, { wildcard }) => (wildcard ? [] : ['http-01']),
    async plan(challenges) {
      for (const { identifier, token } of challenges) {
        answerPath(places.folder, token);
        planned.set(identifier.value, identifier);
      }
      return Promise.resolve(challenges.map(({ token }) => ({ token })));
    },
    async present(challenge, handle, call = {}) {
      call.signal?.throwIfAborted();
      await inTurn(() => present(challenge, call));
      return handle;
    },
    async waitUntilReady(presented, call) {
      await inTurn(() => server.reload(call));
      const { tree } = await load(call);
      const expected = presented.map(({ challenge }) => ({ host: challenge.identifier.value, token: challenge.token, content: challenge.keyAuthorization }));
      await waitForAnswers(expected, { addresses: probeAddresses(tree, httpPort), port: httpPort, clock, log, signal: call.signal });
    },
    cleanUp: (handle, call = {}) => inTurn(() => cleanUp(tokenOf(handle), call)),
    hint: (problemType) =>
      ['connection', 'unauthorized', 'incorrectResponse', 'dns', 'tls'].includes(problemType)
        ? 'make sure that the names point to this Apache and that it can be reached from the internet on port 80: the certificate authority did not get the answers that were put into its configuration for a moment'
        : undefined,
  };
}

/** Handles come from our own journal; `answerPath` checks the token. */
function tokenOf(handle: PresentationHandle): string {
  const token = typeof handle === 'object' && handle !== null && 'token' in handle ? handle['token'] : undefined;
  return typeof token === 'string' ? token : '';
}
