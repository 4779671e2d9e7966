// Which authenticator proves which name of one issuance.
import type { Authenticator } from '@certward/engine';
import type { Identifier } from '@certward/pki';
import { authenticatorsFor } from '../settings/authenticator-map.ts';
import type { AuthenticatorName } from '../settings/plugins.ts';
import type { Settings } from '../settings/settings.ts';
import { checkAnswerable } from './answerable.ts';
import type { IssueSession } from './session.ts';

/** The authenticators of one issuance; give them back with {@link Assignment.release}. */
export interface Assignment {
  readonly authenticatorFor: (identifier: Identifier) => Authenticator;
  /** The one for names that are not mapped; it stands for all in the User-Agent. */
  readonly name: AuthenticatorName;
  release(): Promise<void>;
}

/** Makes them. Throws `pluginMisconfigured` for a name that its authenticator can never prove. */
export async function assignAuthenticators(name: AuthenticatorName, identifiers: readonly Identifier[], { settings, session }: { readonly settings: Settings; readonly session: IssueSession }): Promise<Assignment> {
  const made: Authenticator[] = [];
  const assigned = new Map<string, Authenticator>();
  const release = async () => {
    for (const authenticator of made) await session.release(authenticator);
  };
  try {
    for (const [one, group] of authenticatorsFor(identifiers, name, settings.values)) {
      const authenticator = await session.authenticator(one, settings);
      made.push(authenticator);
      checkAnswerable(authenticator, group, settings);
      for (const { value } of group) assigned.set(value, authenticator);
    }
  } catch (error) {
    await release();
    throw error;
  }
  const first = made[0];
  return {
    name,
    authenticatorFor({ value }) {
      const authenticator = assigned.get(value) ?? first;
      if (authenticator === undefined) throw new Error(`no authenticator for "${value}"`);
      return authenticator;
    },
    release,
  };
}
