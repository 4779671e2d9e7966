// The key derivation of PKCS#12 (RFC 7292 appendix B), which its MAC and its old encryptions use.
import { createHash } from 'node:crypto';

/** What the derived bytes are for; the number enters the hash. */
export const kdfPurposes = { encryptionKey: 1, initialisationVector: 2, macKey: 3 } as const;

/** Inputs of {@link derivePkcs12}. */
export interface KdfOptions {
  readonly hash: 'sha1' | 'sha256';
  readonly purpose: (typeof kdfPurposes)[keyof typeof kdfPurposes];
  readonly salt: Uint8Array;
  readonly iterations: number;
  readonly length: number;
}

/** Both hashes work on blocks of 64 octets. */
const blockLength = 64;

/** Derives `length` octets from a passphrase. */
export function derivePkcs12(passphrase: string, { hash, purpose, salt, iterations, length }: KdfOptions): Uint8Array {
  const diversifier = Buffer.alloc(blockLength, purpose);
  let input = Buffer.concat([fill(salt), fill(bmpString(passphrase))]);
  const derived: Buffer[] = [];
  for (let made = 0; made < length; ) {
    let block = createHash(hash).update(diversifier).update(input).digest();
    for (let round = 1; round < iterations; round += 1) block = createHash(hash).update(block).digest();
    derived.push(block);
    made += block.length;
    input = nextInput(input, block);
  }
  return Buffer.concat(derived).subarray(0, length);
}

/** Appendix B.1: two octets per character, and two zero octets at the end. */
function bmpString(text: string): Uint8Array {
  return Buffer.from(`${text}\0`, 'utf16le').swap16();
}

/** Repeats until whole blocks are full; nothing stays nothing. */
function fill(bytes: Uint8Array): Uint8Array {
  const length = Math.ceil(bytes.length / blockLength) * blockLength;
  return Buffer.alloc(length).map((_, index) => bytes[index % bytes.length] ?? 0);
}

/** Step 6C: each block of the input grows by the repeated output plus one, modulo its size. */
function nextInput(input: Buffer, output: Buffer): Buffer<ArrayBuffer> {
  const next = Buffer.from(input);
  for (let start = 0; start < next.length; start += blockLength) {
    let carry = 1;
    for (let index = blockLength - 1; index >= 0; index -= 1) {
      carry += (next[start + index] ?? 0) + (output[index % output.length] ?? 0);
      next[start + index] = carry & 0xff;
      carry >>= 8;
    }
  }
  return next;
}
