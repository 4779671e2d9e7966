// Subject alternative names (RFC 5280 §4.2.1.6): DNS names and IP addresses become identifiers, the rest is reported.
import type { DerCursor } from '../der/cursor.ts';
import { tags } from '../der/tags.ts';
import { der } from '../der/writer.ts';
import { asciiBytes, toHex } from '../encoding/bytes.ts';
import { PkiError, printable } from '../errors.ts';
import type { Identifier } from '../names/identifier.ts';
import { formatIp, tryParseIp } from '../names/ip-address.ts';

/** A name that is no identifier for us. `value` is for people to read: escaped text, or hexadecimal. */
export interface OtherName {
  readonly type: 'other' | 'email' | 'dns' | 'x400' | 'directory' | 'ediParty' | 'uri' | 'ip' | 'registeredId';
  readonly value: string;
}

/** What a SubjectAltName holds. */
export interface GeneralNames {
  readonly identifiers: readonly Identifier[];
  /** Other kinds, and DNS names or addresses that are not well-formed. */
  readonly otherNames: readonly OtherName[];
}

/** Choices of GeneralName by tag number. */
const kinds = ['other', 'email', 'dns', 'x400', 'directory', 'ediParty', 'uri', 'ip', 'registeredId'] as const;
/** CAs stop at 100; the largest seen in the wild have a few thousand. Beyond that somebody wants our memory. */
const mostNames = 10_000;
const textKinds: ReadonlySet<string> = new Set(['email', 'dns', 'uri']);

/** Reads the members of a GeneralNames sequence (already entered). Throws `derMalformed`. */
export function readGeneralNames(names: DerCursor): GeneralNames {
  const identifiers: Identifier[] = [];
  const otherNames: OtherName[] = [];
  while (!names.done) {
    if (identifiers.length + otherNames.length === mostNames) throw new PkiError('derMalformed', `more than ${mostNames} alternative names`);
    const { tag } = names.next();
    const identifier = readIdentifier(names);
    if (identifier !== undefined) identifiers.push(identifier);
    else otherNames.push(readOther(kinds[tag & 0x1f] ?? 'other', names.content()));
  }
  return { identifiers, otherNames };
}

const dnsTag = tags.contextPrimitive(2);
const ipTag = tags.contextPrimitive(7);

function readIdentifier(name: DerCursor): Identifier | undefined {
  if (name.tag === dnsTag) {
    const value = readHostName(name);
    return value === undefined ? undefined : { type: 'dns', value };
  }
  const length = name.end - name.contentStart;
  if (name.tag === ipTag && (length === 4 || length === 16)) return { type: 'ip', value: formatIp(name.content()) };
  return undefined;
}

const dot = 0x2e;
const star = 0x2a;

/** What somebody else signed may hold anything; only what looks like a host name may pass for one. In lower case. */
function readHostName({ bytes, contentStart: start, end }: DerCursor): string | undefined {
  if (end - start > 253) return undefined;
  const isWildcard = bytes[start] === star && bytes[start + 1] === dot;
  let text = isWildcard ? '*.' : '';
  let labelLength = 0;
  // A loop over octets: on the first thousands of certificates it takes half the time of a regular expression.
  for (let at = isWildcard ? start + 2 : start; at < end; at++) {
    const octet = bytes[at] ?? 0;
    if (octet === dot ? labelLength === 0 : !isHostNameOctet(octet)) return undefined;
    labelLength = octet === dot ? 0 : labelLength + 1;
    text += String.fromCharCode(octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet);
  }
  return labelLength === 0 ? undefined : text;
}

/** Letters, digits, "-" and "_". */
function isHostNameOctet(octet: number): boolean {
  const letter = octet | 0x20;
  return (letter >= 0x61 && letter <= 0x7a) || (octet >= 0x30 && octet <= 0x39) || octet === 0x2d || octet === 0x5f;
}

function readOther(type: OtherName['type'], content: Uint8Array): OtherName {
  const text = textKinds.has(type) ? Buffer.from(content).toString('latin1') : toHex(content.subarray(0, 100));
  return { type, value: printable(text) };
}

/** The content of a SubjectAltName extension for `identifiers`. */
export function encodeGeneralNames(identifiers: readonly Identifier[]): Uint8Array {
  return der.sequence(identifiers.map(encodeIdentifier));
}

function encodeIdentifier({ type, value }: Identifier): Uint8Array {
  if (type === 'dns') return der.implicit(2, asciiBytes(value));
  return der.implicit(7, ipBytes(value));
}

function ipBytes(value: string): Uint8Array {
  const bytes = tryParseIp(value);
  if (bytes === undefined) throw new PkiError('nameInvalid', `"${printable(value)}" is not an IP address`);
  return bytes;
}
