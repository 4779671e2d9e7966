// An authenticator that publishes into a map and can fail at every call, for the unit tests of issuance.
import type { Authenticator, ChallengeToAnswer, ChallengeType, PresentationHandle } from '../../ports.ts';

/** What {@link createScriptedAuthenticator} returns. */
export interface ScriptedAuthenticator extends Authenticator {
  /** Proof that is in place, by token. */
  readonly published: Map<string, ChallengeToAnswer>;
  /** Calls in order: `plan 2`, `present token`, `cleanUp token`. */
  readonly calls: string[];
  /** Called before each call is carried out; what it throws is the outcome. */
  before: (call: string) => void | Promise<void>;
}

/** An {@link Authenticator} for any type in `types`. */
export function createScriptedAuthenticator(options: {
  readonly name?: string;
  readonly types: readonly ChallengeType[];
  readonly cleansUpAsPresented?: boolean;
  /** Share it between two objects to play two processes. */
  readonly published?: Map<string, ChallengeToAnswer>;
}): ScriptedAuthenticator {
  const { name = 'scripted', types, cleansUpAsPresented = false, published = new Map<string, ChallengeToAnswer>() } = options;
  const calls: string[] = [];
  const authenticator: ScriptedAuthenticator = {
    name,
    cleansUpAsPresented,
    published,
    calls,
    before: () => undefined,
    challengeTypes: (_identifier, { wildcard }) => types.filter((type) => !wildcard || type.startsWith('dns')),
    async plan(challenges) {
      await call(`plan ${challenges.length}`);
      return challenges.map(({ token }) => ({ token }));
    },
    async present(challenge, handle) {
      await call(`present ${challenge.token}`);
      published.set(challenge.token, challenge);
      return { ...(handle as { readonly token: string }), presented: true };
    },
    async cleanUp(handle: PresentationHandle) {
      const { token } = handle as { readonly token: string };
      await call(`cleanUp ${token}`);
      published.delete(token);
    },
    hint: (problemType) => (problemType === 'connection' ? 'open the firewall' : undefined),
  };
  const call = async (what: string) => {
    calls.push(what);
    await authenticator.before(what);
  };
  return authenticator;
}
