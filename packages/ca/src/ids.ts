// Ids of resources: random, so that knowing one tells nothing about another.
import type { Random } from '@certward/base';
import { base64urlEncode } from '@certward/pki';

/** A new resource id: 128 random bits. */
export function newId(random: Random): string {
  return base64urlEncode(random.bytes(16));
}

/** A new challenge token (RFC 8555 §8.1 asks for at least 128 bits). */
export function newToken(random: Random): string {
  return base64urlEncode(random.bytes(32));
}
