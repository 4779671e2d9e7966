// Private keys in PEM: PKCS#8, PKCS#1 and SEC1 come in, PKCS#8 goes out. Keys never appear in errors.
import { type KeyObject, createPrivateKey } from 'node:crypto';
import { PkiError } from '../errors.ts';
import { encodePem, parsePem, type PemBlock } from '../pem.ts';
import { isConsistent } from './consistency.ts';
import { describeKey } from './key-spec.ts';

const formats: Readonly<Record<string, 'pkcs8' | 'pkcs1' | 'sec1'>> = {
  'PRIVATE KEY': 'pkcs8',
  'RSA PRIVATE KEY': 'pkcs1',
  'EC PRIVATE KEY': 'sec1',
};

/**
 * The first private key in `pem`; other blocks (certificates, `EC PARAMETERS`) are skipped.
 * Throws `keyEncrypted` for a key under a passphrase, `keyUnsupported` for kinds and sizes no CA takes,
 * `keyMalformed` when there is no key or it cannot be read, and `pemMalformed`.
 */
export function parsePrivateKeyPem(pem: string): KeyObject {
  const block = parsePem(pem).find(({ label }) => label.endsWith('PRIVATE KEY'));
  if (block === undefined) {
    throw new PkiError('keyMalformed', 'no private key found', { hint: 'the file needs a block that begins with "-----BEGIN PRIVATE KEY-----"' });
  }
  refuseEncrypted(block);
  return privateKeyFromDer(block.bytes, formats[block.label]);
}

function refuseEncrypted(block: PemBlock): void {
  const isEncrypted = block.label.startsWith('ENCRYPTED') || /ENCRYPTED/.test(block.headers['Proc-Type'] ?? '');
  if (!isEncrypted) return;
  throw new PkiError('keyEncrypted', 'private key is encrypted with a passphrase', {
    hint: 'remove the passphrase first: openssl pkey -in encrypted.pem -out plain.pem',
  });
}

function privateKeyFromDer(bytes: Uint8Array, type: 'pkcs8' | 'pkcs1' | 'sec1' | undefined): KeyObject {
  if (type === undefined) {
    throw new PkiError('keyUnsupported', 'private key has an unsupported format', { hint: 'convert it to PKCS#8: openssl pkey -in key.pem -out pkcs8.pem' });
  }
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: Buffer.from(bytes), format: 'der', type });
  } catch {
    // Without the cause on purpose: nothing that was computed from key bytes leaves this function.
    throw new PkiError('keyMalformed', 'private key cannot be read', { hint: 'the file may be cut off or damaged' });
  }
  const spec = describeKey(key);
  if (spec.type === 'rsa' && (spec.bits < 2048 || spec.bits > 16_384)) {
    throw new PkiError('keyUnsupported', `RSA key of ${spec.bits} bits is not supported`, { hint: 'use 2048, 3072 or 4096 bits' });
  }
  if (!isConsistent(key)) throw new PkiError('keyMalformed', 'private key does not belong to the public key stored with it');
  return key;
}

/** The key as PKCS#8 PEM (`BEGIN PRIVATE KEY`). */
export function privateKeyToPem(privateKey: KeyObject): string {
  return encodePem('PRIVATE KEY', privateKey.export({ format: 'der', type: 'pkcs8' }));
}
