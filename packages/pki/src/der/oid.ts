// Object identifiers: the dotted form in our code, the packed form in DER (X.690 §8.19).
import { PkiError } from '../errors.ts';

const memo = new Map<string, Uint8Array>();

/** The content octets of an OBJECT IDENTIFIER. */
export function encodeOid(dotted: string): Uint8Array {
  const known = memo.get(dotted);
  if (known !== undefined) return known;
  if (!/^[0-2](\.(0|[1-9][0-9]{0,15}))+$/.test(dotted)) throw new PkiError('derMalformed', 'not a dotted object identifier');
  const [root = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const octets = [root * 40 + second, ...rest].flatMap(base128);
  const encoded = Uint8Array.from(octets);
  memo.set(dotted, encoded);
  return encoded;
}

function base128(arc: number): number[] {
  const septets = [arc % 128];
  for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) septets.unshift(0x80 | (left % 128));
  return septets;
}

/** Longest content we read: real identifiers need under 20 octets; longer ones only serve to burn our time. */
const longestOid = 64;

/** The dotted form of content octets. Throws `derMalformed` when empty, cut off, over-long or padded. */
export function decodeOid(content: Uint8Array): string {
  if (content.length === 0 || content.length > longestOid || ((content[content.length - 1] ?? 0) & 0x80) !== 0) {
    throw new PkiError('derMalformed', 'object identifier is empty, cut off or too long');
  }
  const arcs: bigint[] = [];
  let arc = 0n;
  let isFirstOctet = true;
  for (const octet of content) {
    // X.690 §8.19.2: an arc never starts with padding.
    if (isFirstOctet && octet === 0x80) throw new PkiError('derMalformed', 'object identifier is padded');
    arc = (arc << 7n) | BigInt(octet & 0x7f);
    isFirstOctet = (octet & 0x80) === 0;
    if (isFirstOctet) {
      arcs.push(arc);
      arc = 0n;
    }
  }
  const [joined = 0n, ...rest] = arcs;
  const root = joined < 80n ? joined / 40n : 2n;
  return [root, joined - root * 40n, ...rest].join('.');
}
