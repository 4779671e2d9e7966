// Writes Java key stores of the format "JKS", version 2: one private key with its chain.
import { createHash } from 'node:crypto';

import type { Secret } from '@certward/base';
import { der } from '@certward/pki';

import { createByteSource } from './derive-bytes.ts';
import type { Material } from './material.ts';

const magic = 0xfe_ed_fe_ed;
const version = 2;
const privateKeyEntry = 1;
/** Sun's key protection, which only this format uses. */
const keyProtectorOid = '1.3.6.1.4.1.42.2.17.1.1';
/** Enters the digest over the store, after the passphrase. */
const digestWord = 'Mighty Aphrodite';

/** Encodes a key store. The same input always gives the same bytes; its time is the certificate's first instant. */
export function createJks({ chain, key }: Material, { passphrase, alias }: { readonly passphrase: Secret; readonly alias: string }): Uint8Array {
  // Two octets per character, without an end.
  const secret = Buffer.from(passphrase.reveal(), 'utf16le').swap16();
  const bytes = createByteSource(key.reveal(), [...chain.map((one) => one.der), secret]);
  const protectedKey = protectKey(key.reveal().export({ type: 'pkcs8', format: 'der' }), { secret, salt: bytes('jks', 20) });
  const store = Buffer.concat([
    unsigned32(magic),
    unsigned32(version),
    unsigned32(1),
    unsigned32(privateKeyEntry),
    text(alias),
    unsigned64(chain[0].notBefore.getTime()),
    block(protectedKey),
    unsigned32(chain.length),
    ...chain.flatMap((one) => [text('X.509'), block(one.der)]),
  ]);
  return Buffer.concat([store, createHash('sha1').update(secret).update(digestWord).update(store).digest()]);
}

/** The key masked by a stream of hashes, between the salt and a digest that tells a wrong passphrase. */
function protectKey(plain: Uint8Array, { secret, salt }: { readonly secret: Uint8Array; readonly salt: Uint8Array }): Uint8Array {
  const masked = Buffer.from(plain);
  let pad: Uint8Array = salt;
  for (let at = 0; at < masked.length; at += 1) {
    if (at % 20 === 0) pad = createHash('sha1').update(secret).update(pad).digest();
    masked[at] = (masked[at] ?? 0) ^ (pad[at % 20] ?? 0);
  }
  const digest = createHash('sha1').update(secret).update(plain).digest();
  const algorithm = der.sequence([der.oid(keyProtectorOid), der.nullValue()]);
  return der.sequence([algorithm, der.octetString(Buffer.concat([salt, masked, digest]))]);
}

function unsigned32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function unsigned64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

function block(content: Uint8Array): Buffer {
  return Buffer.concat([unsigned32(content.length), content]);
}

/** Length in two octets, then the text; aliases are plain letters, for which Java's own UTF-8 is the common one. */
function text(value: string): Buffer {
  const content = Buffer.from(value);
  return Buffer.concat([Buffer.of(content.length >> 8, content.length & 0xff), content]);
}
