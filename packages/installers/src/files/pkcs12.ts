// Writes PKCS#12 files (RFC 7292): a key and its chain, protected by a passphrase.
import { createCipheriv, createHash, createHmac, pbkdf2Sync } from 'node:crypto';

import type { Secret } from '@certward/base';
import { der } from '@certward/pki';

import { createByteSource } from './derive-bytes.ts';
import type { Material } from './material.ts';
import { derivePkcs12, kdfPurposes } from './pkcs12-kdf.ts';

const oid = {
  data: '1.2.840.113549.1.7.1',
  encryptedData: '1.2.840.113549.1.7.6',
  shroudedKeyBag: '1.2.840.113549.1.12.10.1.2',
  certificateBag: '1.2.840.113549.1.12.10.1.3',
  x509Certificate: '1.2.840.113549.1.9.22.1',
  friendlyName: '1.2.840.113549.1.9.20',
  localKeyId: '1.2.840.113549.1.9.21',
  pbes2: '1.2.840.113549.1.5.13',
  pbkdf2: '1.2.840.113549.1.5.12',
  hmacWithSha256: '1.2.840.113549.2.9',
  aes256Cbc: '2.16.840.1.101.3.4.1.42',
  pbeWithSha1And3Des: '1.2.840.113549.1.12.1.3',
  sha256: '2.16.840.1.101.3.4.2.1',
  sha1: '1.3.14.3.2.26',
} as const;

/** Slows guessing down without being felt; old programs refuse much larger numbers. */
const iterations = 10_000;

/** Options of {@link createPkcs12}. */
export interface Pkcs12Options {
  readonly passphrase: Secret;
  /** Triple DES and SHA-1 instead of AES-256 and SHA-256. */
  readonly legacy: boolean;
  /** What programs show for it. */
  readonly friendlyName: string | undefined;
}

/** Encrypts content and says how, as an AlgorithmIdentifier. */
type Encrypt = (content: Uint8Array, label: string) => { readonly algorithm: Uint8Array; readonly encrypted: Uint8Array };

/** Encodes a key with its chain. The same input always gives the same bytes. */
export function createPkcs12({ chain, key }: Material, { passphrase, legacy, friendlyName = '' }: Pkcs12Options): Uint8Array {
  const context = [...chain.map((one) => one.der), Buffer.from(passphrase.reveal()), Buffer.from(`${legacy}${friendlyName}`)];
  const bytes = createByteSource(key.reveal(), context);
  const encrypt = legacy ? encryptLegacy(passphrase, bytes) : encryptModern(passphrase, bytes);
  const [leaf] = chain;
  const attributes = [
    attribute(oid.localKeyId, der.octetString(createHash('sha1').update(leaf.der).digest())),
    ...(friendlyName === '' ? [] : [attribute(oid.friendlyName, der.element(0x1e, Buffer.from(friendlyName, 'utf16le').swap16()))]),
  ];
  const certificates = der.sequence(chain.map((one, index) => certificateBag(one.der, index === 0 ? attributes : [])));
  const shrouded = encrypt(key.reveal().export({ type: 'pkcs8', format: 'der' }), 'key');
  const keyBag = bag(oid.shroudedKeyBag, der.sequence([shrouded.algorithm, der.octetString(shrouded.encrypted)]), attributes);
  const safe = der.sequence([encryptedContent(encrypt(certificates, 'certificates')), dataContent(der.sequence([keyBag]))]);
  return der.sequence([der.integer(3), dataContent(safe), macOf(safe, { passphrase, legacy, salt: bytes('mac', 16) })]);
}

function encryptModern(passphrase: Secret, bytes: (label: string, length: number) => Uint8Array): Encrypt {
  return (content, label) => {
    const salt = bytes(`${label} salt`, 16);
    const vector = bytes(`${label} iv`, 16);
    const cipher = createCipheriv('aes-256-cbc', pbkdf2Sync(passphrase.reveal(), salt, iterations, 32, 'sha256'), vector);
    const derivation = der.sequence([der.octetString(salt), der.integer(iterations), der.sequence([der.oid(oid.hmacWithSha256), der.nullValue()])]);
    const scheme = der.sequence([der.oid(oid.aes256Cbc), der.octetString(vector)]);
    return {
      algorithm: der.sequence([der.oid(oid.pbes2), der.sequence([der.sequence([der.oid(oid.pbkdf2), derivation]), scheme])]),
      encrypted: Buffer.concat([cipher.update(content), cipher.final()]),
    };
  };
}

function encryptLegacy(passphrase: Secret, bytes: (label: string, length: number) => Uint8Array): Encrypt {
  return (content, label) => {
    const salt = bytes(`${label} salt`, 8);
    const derive = (purpose: 1 | 2, length: number) => derivePkcs12(passphrase.reveal(), { hash: 'sha1', purpose, salt, iterations, length });
    const cipher = createCipheriv('des-ede3-cbc', derive(kdfPurposes.encryptionKey, 24), derive(kdfPurposes.initialisationVector, 8));
    return {
      algorithm: der.sequence([der.oid(oid.pbeWithSha1And3Des), der.sequence([der.octetString(salt), der.integer(iterations)])]),
      encrypted: Buffer.concat([cipher.update(content), cipher.final()]),
    };
  };
}

function macOf(content: Uint8Array, { passphrase, legacy, salt }: { readonly passphrase: Secret; readonly legacy: boolean; readonly salt: Uint8Array }): Uint8Array {
  const hash = legacy ? 'sha1' : 'sha256';
  const macKey = derivePkcs12(passphrase.reveal(), { hash, purpose: kdfPurposes.macKey, salt, iterations, length: legacy ? 20 : 32 });
  const digest = createHmac(hash, macKey).update(content).digest();
  const algorithm = der.sequence([der.oid(legacy ? oid.sha1 : oid.sha256), der.nullValue()]);
  return der.sequence([der.sequence([algorithm, der.octetString(digest)]), der.octetString(salt), der.integer(iterations)]);
}

function certificateBag(certificateDer: Uint8Array, attributes: readonly Uint8Array[]): Uint8Array {
  return bag(oid.certificateBag, der.sequence([der.oid(oid.x509Certificate), der.explicit(0, [der.octetString(certificateDer)])]), attributes);
}

function bag(type: string, value: Uint8Array, attributes: readonly Uint8Array[]): Uint8Array {
  return der.sequence([der.oid(type), der.explicit(0, [value]), ...(attributes.length === 0 ? [] : [der.set(attributes)])]);
}

function attribute(type: string, value: Uint8Array): Uint8Array {
  return der.sequence([der.oid(type), der.set([value])]);
}

function dataContent(content: Uint8Array): Uint8Array {
  return der.sequence([der.oid(oid.data), der.explicit(0, [der.octetString(content)])]);
}

function encryptedContent({ algorithm, encrypted }: ReturnType<Encrypt>): Uint8Array {
  const content = der.sequence([der.oid(oid.data), algorithm, der.implicit(0, encrypted)]);
  return der.sequence([der.oid(oid.encryptedData), der.explicit(0, [der.sequence([der.integer(0), content])])]);
}
