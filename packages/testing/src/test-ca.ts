// A certificate authority for the TLS of test servers, made anew for each of them.
import { createCertificate, generatePrivateKey, parseIdentifier, privateKeyToPem } from '@certward/pki';
import { systemClock, systemRandom } from '@certward/base';

/** A certificate for a server of the test-bed, with what its clients must trust. */
export interface ServerIdentity {
  readonly keyPem: string;
  /** The leaf alone: the authority signs it directly. */
  readonly certificatePem: string;
  /** The authority's certificate. */
  readonly trustedCaPem: string;
}

const dayMs = 86_400_000;

/** Makes an authority and a leaf for the given names; default: every name under which loopback is reached. */
export async function createServerIdentity(
  names: readonly string[] = ['localhost', 'pebble', '127.0.0.1', '::1'],
): Promise<ServerIdentity> {
  const [caKey, leafKey] = await Promise.all([
    generatePrivateKey({ type: 'ecdsa', curve: 'P-256' }),
    generatePrivateKey({ type: 'ecdsa', curve: 'P-256' }),
  ]);
  const now = systemClock.now().getTime();
  const validity = { notBefore: new Date(now - dayMs), notAfter: new Date(now + 30 * dayMs) };
  const authority = createCertificate({
    subjectPublicKey: caKey,
    issuer: 'self',
    subject: { commonName: 'Test-bed authority' },
    serialBytes: serial(),
    isCa: true,
    ...validity,
  });
  const leaf = createCertificate({
    subjectPublicKey: leafKey,
    issuer: { key: caKey, certificate: authority },
    identifiers: names.map((name) => parseIdentifier(name)),
    serialBytes: serial(),
    ...validity,
  });
  return { keyPem: privateKeyToPem(leafKey), certificatePem: leaf.pem, trustedCaPem: authority.pem };
}

function serial(): Uint8Array {
  const bytes = systemRandom.bytes(12);
  // A positive integer without a leading zero octet, whatever was drawn.
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes;
}
