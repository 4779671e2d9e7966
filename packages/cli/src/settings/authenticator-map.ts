// --authenticator-map: names of one certificate that other authenticators prove than the rest.
import { type Identifier, parseIdentifier } from '@certward/pki';
import type { Values } from '../args/table.ts';
import { cliError } from '../errors.ts';
import { splitList } from './names.ts';
import { type AuthenticatorName, requireAuthenticator } from './plugins.ts';

/** Name as in the certificate → authenticator. Throws `argumentInvalid` or `pluginMissing`. */
export function parseAuthenticatorMap({ authenticatorMap }: Pick<Values, 'authenticatorMap'>): ReadonlyMap<string, AuthenticatorName> {
  return new Map(
    splitList(authenticatorMap).map((entry) => {
      const [, name = '', authenticator = ''] = /^([^=]+)=([^=]+)$/.exec(entry) ?? [];
      if (name === '') throw cliError('argumentInvalid', `--authenticator-map "${entry}" is not a name and an authenticator`, { hint: "it looks like '*.example.com=dns-rfc2136'" });
      return [parseIdentifier(name.trim()).value, requireAuthenticator(authenticator.trim())] as const;
    }),
  );
}

/** Every authenticator that the names need, `rest` for those that the map does not have. */
export function authenticatorsFor(identifiers: readonly Identifier[], rest: AuthenticatorName, values: Pick<Values, 'authenticatorMap'>): ReadonlyMap<AuthenticatorName, readonly Identifier[]> {
  const map = parseAuthenticatorMap(values);
  const groups = new Map<AuthenticatorName, Identifier[]>();
  for (const identifier of identifiers) {
    const name = map.get(identifier.value) ?? rest;
    groups.set(name, [...(groups.get(name) ?? []), identifier]);
  }
  return groups;
}

/** Throws `argumentConflict` for names of the map that the certificate does not have: a slip of the pen, probably. */
export function checkMappedNames(identifiers: readonly Identifier[], values: Pick<Values, 'authenticatorMap'>): void {
  const names = new Set(identifiers.map(({ value }) => value));
  const stranger = [...parseAuthenticatorMap(values).keys()].find((name) => !names.has(name));
  if (stranger !== undefined) throw cliError('argumentConflict', `--authenticator-map has "${stranger}", which is none of the names of the certificate`);
}
