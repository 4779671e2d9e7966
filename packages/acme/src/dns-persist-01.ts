// dns-persist-01 (draft-ietf-acme-dns-persist): a standing TXT record names the CA and the account, nothing is presented
// per order. Two incompatible forms exist; the server's challenge and directory say which. Experimental.
import { createHash } from 'node:crypto';

import { AcmeError } from './errors.ts';
import { printable } from './printable.ts';
import type { DirectoryMeta, PersistOffer } from './types.ts';

/** Names that an offer may hold; the draft has clients refuse an empty list or a longer one. */
const mostIssuers = 10;

/** A TXT string holds 255 octets; longer values are split and rejoined (RFC 1035 §3.3.14). */
const longestTxtString = 255;

/**
 * Reads the offer out of a challenge. `undefined` when the list is empty, too long, or names something that is no
 * lower-case A-label name: the draft has clients reject such a challenge.
 */
export function parsePersistOffer(challenge: Readonly<Record<string, unknown>>): PersistOffer | undefined {
  const form = challenge['issuerDomainNames'] === undefined ? 'draft-01' : 'draft-02';
  const names = challenge[form === 'draft-01' ? 'issuer-domain-names' : 'issuerDomainNames'];
  if (!Array.isArray(names) || names.length === 0 || names.length > mostIssuers) return undefined;
  if (!names.every(isIssuerName)) return undefined;
  const accountUri = challenge['accounturi'];
  return { form, issuerDomainNames: names as string[], ...(isSafeUri(accountUri) && form === 'draft-01' ? { accountUri: accountUri } : {}) };
}

function isIssuerName(name: unknown): boolean {
  return typeof name === 'string' && name.length <= 253 && /^(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*$/.test(name);
}

/** It goes into an RFC 8659 parameter: printable, no `;`, no blanks. */
function isSafeUri(text: unknown): text is string {
  return typeof text === 'string' && text.length <= 2_048 && /^[\x21-\x3a\x3c-\x7e]+$/.test(text);
}

/** What goes into a record. */
export interface PersistRecordOptions {
  readonly form: PersistOffer['form'];
  /** One of the offered names, once the operator found it acceptable. */
  readonly issuerDomainName: string;
  /** `example.com`; the base name for a wildcard. */
  readonly domain: string;
  readonly accountUrl: string;
  /** What the server said `accounturi` must be (draft-01); default the account URL. */
  readonly accountUri?: string | undefined;
  /** RFC 7638 thumbprint of the account key (draft-02). */
  readonly thumbprint?: string | undefined;
  /** From the directory's meta (draft-02). */
  readonly accountHashPrefix?: string | undefined;
  /** draft-02: makes a value that serves any domain, by hashing `*` in place of the domain. */
  readonly anyDomain?: boolean;
  /** Also good for `*.domain`, its subdomains and wildcards below them. */
  readonly wildcard?: boolean;
  /** When the record stops being good; written as whole seconds. */
  readonly persistUntil?: Date | undefined;
}

/** The record to publish. */
export interface PersistRecord {
  /** Absolute, no trailing dot. */
  readonly recordName: string;
  readonly value: string;
  /** The value cut into TXT strings of at most 255 octets. */
  readonly strings: readonly string[];
}

/** The standing record for one domain (§3 of the draft). Throws `argumentInvalid` when a part that the form needs is missing or unsafe. */
export function dnsPersist01Record(options: PersistRecordOptions): PersistRecord {
  const { issuerDomainName, domain, wildcard = false, persistUntil } = options;
  checkIssuerName(issuerDomainName);
  const uri = accountUriOf(options);
  if (!isSafeUri(uri)) throw new AcmeError('argumentInvalid', 'the account uri holds characters that the record cannot');
  const parts = [issuerDomainName, `accounturi=${uri}`];
  if (wildcard) parts.push('policy=wildcard');
  if (persistUntil !== undefined) parts.push(`persistUntil=${Math.floor(persistUntil.getTime() / 1000)}`);
  const value = parts.join('; ');
  return { recordName: `_validation-persist.${domain.replace(/^\*\./, '')}`, value, strings: splitTxtValue(value) };
}

function checkIssuerName(name: string): void {
  if (isIssuerName(name)) return;
  throw new AcmeError('argumentInvalid', `"${printable(name, 253)}" is no issuer domain name`, { hint: 'use one of the names that the challenge offers' });
}

function accountUriOf(options: PersistRecordOptions): string {
  if (options.form === 'draft-01') return options.accountUri ?? options.accountUrl;
  const { accountHashPrefix, thumbprint, accountUrl, domain, anyDomain = false } = options;
  if (accountHashPrefix === undefined || thumbprint === undefined) {
    throw new AcmeError('argumentInvalid', 'this form of dns-persist-01 needs the account hash prefix of the directory and the key thumbprint');
  }
  return `${accountHashPrefix}sha-256/${persistAccountHash({ domain: anyDomain ? '*' : domain, thumbprint, accountUrl })}`;
}

/** draft-02: base64url SHA-256 over one octet of domain length, domain, thumbprint, account URL. `*` serves any domain. */
export function persistAccountHash(parts: { readonly domain: string; readonly thumbprint: string; readonly accountUrl: string }): string {
  const domain = Buffer.from(parts.domain.replace(/^\*\./, ''), 'ascii');
  return createHash('sha256').update(Uint8Array.of(domain.length)).update(domain).update(parts.thumbprint).update(parts.accountUrl).digest('base64url');
}

/** Which form a server speaks: the challenge decides, the directory's meta where the challenge does not say. */
export function persistFormOf(offer: PersistOffer, meta: DirectoryMeta): PersistOffer['form'] {
  return meta.accountHashPrefix === undefined ? offer.form : 'draft-02';
}

/** A TXT value as the strings that carry it. */
export function splitTxtValue(value: string): string[] {
  const strings: string[] = [];
  for (let at = 0; at === 0 || at < value.length; at += longestTxtString) strings.push(value.slice(at, at + longestTxtString));
  return strings;
}
