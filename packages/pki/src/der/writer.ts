// Writes DER. Every function returns one complete element, so that structures read like their ASN.1.
import { asciiBytes, concatBytes } from '../encoding/bytes.ts';
import { PkiError } from '../errors.ts';
import { encodeOid } from './oid.ts';
import { tags } from './tags.ts';
import { encodeTime } from './time.ts';

function element(tag: number, content: Uint8Array): Uint8Array {
  return concatBytes([Uint8Array.from([tag, ...lengthOctets(content.length)]), content]);
}

function lengthOctets(length: number): number[] {
  if (length < 0x80) return [length];
  const octets: number[] = [];
  for (let left = length; left > 0; left = Math.floor(left / 256)) octets.unshift(left % 256);
  return [0x80 | octets.length, ...octets];
}

function integer(value: number | bigint | Uint8Array): Uint8Array {
  return element(tags.integer, value instanceof Uint8Array ? unsignedOctets(value) : unsignedOctets(numberOctets(value)));
}

function numberOctets(value: number | bigint): Uint8Array {
  if (value < 0) throw new PkiError('derMalformed', 'negative integers are not written');
  const hex = BigInt(value).toString(16);
  return new Uint8Array(Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex'));
}

/** X.690 §8.3: as few octets as possible, and a leading zero where the first bit would say "negative". */
function unsignedOctets(value: Uint8Array): Uint8Array {
  let first = 0;
  while (first < value.length - 1 && value[first] === 0) first++;
  const trimmed = value.length === 0 ? Uint8Array.of(0) : value.subarray(first);
  return ((trimmed[0] ?? 0) & 0x80) === 0 ? trimmed : concatBytes([Uint8Array.of(0), trimmed]);
}

/** X.690 §11.6: the members of a SET OF stand in ascending order of their encodings. */
function sorted(members: readonly Uint8Array[]): Uint8Array[] {
  return [...members].sort((a, b) => Buffer.compare(a, b));
}

/** BIT STRING of named flags: trailing zero bits are left out (X.690 §11.2.2). `flags` are bit numbers, 0 the first. */
function namedBits(flags: readonly number[]): Uint8Array {
  if (flags.length === 0) return element(tags.bitString, Uint8Array.of(0));
  const last = Math.max(...flags);
  const octets = new Uint8Array(Math.floor(last / 8) + 1);
  for (const flag of flags) octets[flag >> 3] = (octets[flag >> 3] ?? 0) | (0x80 >> (flag & 7));
  return element(tags.bitString, concatBytes([Uint8Array.of(7 - (last & 7)), octets]));
}

/** The writers, named as their ASN.1 types. */
export const der = {
  element,
  sequence: (members: readonly Uint8Array[]): Uint8Array => element(tags.sequence, concatBytes(members)),
  /** SET OF: sorted as DER demands. */
  set: (members: readonly Uint8Array[]): Uint8Array => element(tags.set, concatBytes(sorted(members))),
  /** A non-negative INTEGER; bytes are taken as unsigned, most significant first. */
  integer,
  enumerated: (value: number): Uint8Array => element(tags.enumerated, unsignedOctets(numberOctets(value))),
  boolean: (value: boolean): Uint8Array => element(tags.boolean, Uint8Array.of(value ? 0xff : 0)),
  nullValue: (): Uint8Array => element(tags.nullValue, new Uint8Array()),
  oid: (dotted: string): Uint8Array => element(tags.oid, encodeOid(dotted)),
  octetString: (content: Uint8Array): Uint8Array => element(tags.octetString, content),
  /** A BIT STRING of whole octets. */
  bitString: (content: Uint8Array): Uint8Array => element(tags.bitString, concatBytes([Uint8Array.of(0), content])),
  namedBits,
  utf8String: (text: string): Uint8Array => element(tags.utf8String, new Uint8Array(Buffer.from(text))),
  ia5String: (text: string): Uint8Array => element(tags.ia5String, asciiBytes(text)),
  printableString: (text: string): Uint8Array => element(tags.printableString, asciiBytes(text)),
  /** UTCTime or GeneralizedTime, whichever RFC 5280 asks for. */
  time: (date: Date): Uint8Array => {
    const { tag, text } = encodeTime(date);
    return element(tag, asciiBytes(text));
  },
  /** `[number] EXPLICIT`: wraps complete elements. */
  explicit: (number: number, members: readonly Uint8Array[]): Uint8Array => element(tags.context(number), concatBytes(members)),
  /** `[number] IMPLICIT` on a primitive type: `content` are bare content octets. */
  implicit: (number: number, content: Uint8Array): Uint8Array => element(tags.contextPrimitive(number), content),
} as const;
