// Answers http-01 through a web server that already runs: one file per challenge below the folder it serves.
// Which system calls keep this inside the folder is in webroot-folder.ts; what is written and removed is in webroot-files.ts.
import { type Log, type Random, silentLog, systemRandom } from '@certward/base';
import type { Identifier } from '@certward/pki';
import type { Authenticator, ChallengeToAnswer } from '../ports.ts';
import { AuthenticatorError } from './authenticator-error.ts';
import { handleObject, handleText, handleTexts } from './handle.ts';
import { presentationId } from './standalone.ts';
import { checkToken } from './token.ts';
import { checkRoot, checkVacant, missingFolders, removeChallengeFile, writeChallengeFile } from './webroot-files.ts';

/** Options of {@link createWebrootAuthenticator}. */
export interface WebrootOptions {
  /** The folder that is served for an identifier value; Certbot's `webroot_map`. */
  readonly webrootMap: ReadonlyMap<string, string>;
  readonly log?: Log | undefined;
  readonly random?: Random | undefined;
}

/**
 * Answers http-01 with files below the folders that a web server serves.
 *
 * `plan` and `present` throw `webrootMissing`, `webrootNotWritable` or `webrootEscape`, naming the folder. Folders on the
 * way are created with the owner and group of the root and mode 0755, files with mode 0644; clean-up removes the file
 * and then those folders that the handle says are ours, if they are empty.
 */
export function createWebrootAuthenticator(options: WebrootOptions): Authenticator {
  const { webrootMap, log = silentLog, random = systemRandom } = options;
  // Shared by all issuances of the process: a file may be needed twice, and folders that one made are removed by the last.
  const users = new Map<string, Set<string>>();
  const madeFolders = new Set<string>();
  const fileKey = (root: string, token: string) => `${root}\n${token}`;

  const rootOf = (identifier: Identifier): string => {
    const root = webrootMap.get(identifier.value);
    if (root !== undefined) return root;
    throw new AuthenticatorError('webrootMissing', `no web root is known for "${identifier.value}"`, {
      hint: 'name the folder that the web server serves for it with --webroot-path',
    });
  };

  return {
    name: 'webroot',
    challengeTypes: (_identifier, { wildcard }) => (wildcard ? [] : ['http-01']),
    async plan(challenges) {
      const handles = [];
      for (const challenge of challenges) {
        const root = rootOf(challenge.identifier);
        const token = checkToken(challenge.token);
        await checkRoot(root);
        await checkVacant(root, token, challenge.keyAuthorization);
        const folders = await missingFolders(root, madeFolders);
        handles.push({ root, token, folders: [...folders], presentation: presentationId(random) });
      }
      return handles;
    },
    async present(challenge: ChallengeToAnswer, handle, { signal } = {}) {
      signal?.throwIfAborted();
      const planned = handleObject(handle);
      const root = handleText(planned, 'root');
      const token = checkToken(challenge.token);
      const key = fileKey(root, token);
      users.set(key, (users.get(key) ?? new Set()).add(handleText(planned, 'presentation')));
      await writeChallengeFile({ root, token, body: challenge.keyAuthorization, madeFolders, log });
      return handle;
    },
    async cleanUp(handle) {
      const planned = handleObject(handle);
      const root = handleText(planned, 'root');
      const token = checkToken(handleText(planned, 'token'));
      const key = fileKey(root, token);
      const others = users.get(key);
      others?.delete(handleText(planned, 'presentation'));
      if (others !== undefined && others.size > 0) return;
      users.delete(key);
      await removeChallengeFile({ root, token, folders: handleTexts(planned, 'folders') });
    },
    hint: (problemType) =>
      ['connection', 'unauthorized', 'incorrectResponse', 'dns', 'tls'].includes(problemType)
        ? 'make sure that the names point to this machine and that its web server serves /.well-known/acme-challenge/ from the web root over plain http'
        : undefined,
  };
}
