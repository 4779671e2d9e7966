// The directory resource (RFC 8555 §7.1.1, §9.7.5, §9.7.6). Parsing only; fetching and caching are in directory-source.ts.
import { type JsonObject, objectOf, optionalObject, optionalString, optionalUrl, requiredUrl, stringsOf } from './fields.ts';
import { printable } from './printable.ts';
import type { Directory, DirectoryMeta } from './types.ts';
import type { UrlPolicy } from './url-policy.ts';

/** Let's Encrypt has three; a bound for hostile servers. */
const mostProfiles = 100;

/** Reads a directory. Members we do not know are ignored: CAs add random ones on purpose. Throws `invalidResponse` or `urlRefused`. */
export function parseDirectory(value: unknown, policy: UrlPolicy): Directory {
  const from = objectOf(value, 'a directory');
  const optional = (key: 'newAuthz' | 'revokeCert' | 'keyChange' | 'renewalInfo') => {
    const url = optionalUrl(from, key, 'the directory', policy);
    return url === undefined ? {} : { [key]: url };
  };
  return {
    newNonce: requiredUrl(from, 'newNonce', 'the directory', policy),
    newAccount: requiredUrl(from, 'newAccount', 'the directory', policy),
    newOrder: requiredUrl(from, 'newOrder', 'the directory', policy),
    ...optional('newAuthz'),
    // Mandatory in the RFC, yet missing at some CAs: a matter for those who want them.
    ...optional('revokeCert'),
    ...optional('keyChange'),
    ...optional('renewalInfo'),
    meta: parseMeta(optionalObject(from, 'meta') ?? {}),
  };
}

function parseMeta(from: JsonObject): DirectoryMeta {
  const termsOfService = webUrl(optionalString(from, 'termsOfService'));
  const website = webUrl(optionalString(from, 'website'));
  const accountHashPrefix = optionalString(from, 'accountHashPrefix');
  return {
    ...(termsOfService === undefined ? {} : { termsOfService }),
    ...(website === undefined ? {} : { website }),
    caaIdentities: stringsOf(from, 'caaIdentities').slice(0, 100).map((name) => printable(name, 253)),
    externalAccountRequired: from['externalAccountRequired'] === true,
    profiles: parseProfiles(optionalObject(from, 'profiles')),
    ...(Array.isArray(from['issuerDomainNames']) ? { issuerDomainNames: stringsOf(from, 'issuerDomainNames').slice(0, 100) } : {}),
    ...(accountHashPrefix === undefined ? {} : { accountHashPrefix }),
  };
}

function parseProfiles(from: JsonObject | undefined): ReadonlyMap<string, string> {
  const entries = Object.entries(from ?? {}).slice(0, mostProfiles);
  return new Map(entries.map(([name, text]) => [printable(name, 100), typeof text === 'string' ? printable(text, 500) : '']));
}

/** Pages for people, never fetched by us: plain http is tolerated, everything else is left out. */
function webUrl(text: string | undefined): string | undefined {
  return text !== undefined && text.length <= 2_048 && /^https?:\/\/[\x21-\x7e]+$/.test(text) && URL.canParse(text) ? text : undefined;
}
