// A small authority: a root, a leaf below it, and what can be read from the leaf.
import { createCertificate, generatePrivateKey, isIssuedBy, publicKeyOf, renewalInfoCertId, verifySignature } from '@certward/pki';

const validity = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2026-03-31T23:59:59Z') };
const key = await generatePrivateKey({ type: 'ecdsa', curve: 'P-384' });
const subject = { commonName: 'Example Root' };
const root = createCertificate({ subjectPublicKey: key, issuer: 'self', subject, serialBytes: Uint8Array.of(1), isCa: true, ...validity });

const leafKey = await generatePrivateKey({ type: 'ed25519' });
export const leaf = createCertificate({
  subjectPublicKey: publicKeyOf(leafKey),
  issuer: { key, certificate: root },
  identifiers: [{ type: 'dns', value: 'example.com' }],
  serialBytes: Uint8Array.of(0x87, 0x65),
  ...validity,
});
export const isTrusted = isIssuedBy(leaf, root) && verifySignature(leaf, root);
export const facts = { serial: leaf.serial, notAfter: leaf.notAfter, names: leaf.identifiers, certId: renewalInfoCertId(leaf) };
