// Salts and initialisation vectors that depend on nothing but what is protected, so that an unchanged certificate gives
// an unchanged file and no program is reloaded for nothing. Keyed by the private key, they tell nothing about it.
import { createHmac, type KeyObject } from 'node:crypto';

/** Makes bytes for different labels out of the key and everything else that the file is made from. */
export function createByteSource(key: KeyObject, context: readonly Uint8Array[]): (label: string, length: number) => Uint8Array {
  const secret = key.export({ type: 'pkcs8', format: 'der' });
  return (label, length) => {
    const hmac = createHmac('sha512', secret).update(`${label}\n`);
    for (const part of context) hmac.update(`${part.length}\n`).update(part);
    return hmac.digest().subarray(0, length);
  };
}
