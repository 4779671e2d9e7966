// From a finalized order to a certificate. The order's own identifiers are certified, never what the CSR says.
import { type Csr, parseCsr } from '@certward/pki';
import type { CaContext } from './context.ts';
import type { CertificateRecord, OrderRecord } from './model.ts';
import { fillPath, paths } from './paths.ts';
import { hashOfSpki } from './revocation.ts';

/** Finalizes a ready order: issues at once, or, in hostile mode, after some polls. */
export function finalizeOrder(ca: CaContext, order: OrderRecord, csr: Csr): OrderRecord {
  const finalized = { ...order, finalizedAt: ca.clock.now() };
  if (!ca.hostile.delaysIssuance(order.id)) return issueCertificate(ca, finalized, csr);
  const processing = { ...finalized, csrDer: csr.der };
  ca.store.putOrder(processing);
  return processing;
}

/** Carries on with an order that was left processing. Called at each poll; orders in other states come back unchanged. */
export function finishFinalizing(ca: CaContext, order: OrderRecord): OrderRecord {
  const { certificateSerial, csrDer, error } = order;
  if (csrDer === undefined || certificateSerial !== undefined || error !== undefined) return order;
  return ca.hostile.isStillProcessing(order.id) ? order : issueCertificate(ca, order, parseCsr(csrDer));
}

function issueCertificate(ca: CaContext, order: OrderRecord, csr: Csr): OrderRecord {
  const profile = ca.profiles.get(order.profile);
  const now = ca.clock.now().getTime();
  const lifetimeMs = (profile?.lifetimeSeconds ?? 0) * 1000;
  // Backdated a little, as public CAs do, so that clients whose clock is slow accept it at once.
  const notBeforeAt = order.requestedNotBeforeAt ?? new Date(now - ca.backdateSeconds * 1000);
  // X.509 validity counts its last second (RFC 5280 §4.1.2.5).
  const notAfterAt = order.requestedNotAfterAt ?? new Date(notBeforeAt.getTime() + lifetimeMs - 1000);
  const firstName = order.identifiers.find(({ type }) => type === 'dns')?.value;
  const { certificate, issuerId } = ca.authority.issueLeaf({
    publicKey: csr.publicKey,
    identifiers: order.identifiers,
    ...(profile?.commonName === true && firstName !== undefined ? { commonName: firstName } : {}),
    notBefore: notBeforeAt,
    notAfter: notAfterAt,
    mustStaple: csr.mustStaple,
    serialBytes: unusedSerial(ca),
    crlUrl: (issuer) => `${ca.publicUrl}${fillPath(paths.crl, { issuer: `${issuer}.crl` })}`,
  });
  const record: CertificateRecord = {
    serial: certificate.serial,
    accountId: order.accountId,
    orderId: order.id,
    profile: order.profile,
    issuerId,
    certificateDer: certificate.der,
    identifiers: order.identifiers,
    spkiHash: hashOfSpki(certificate.spkiDer),
    notBeforeAt: certificate.notBefore,
    notAfterAt: certificate.notAfter,
  };
  ca.store.putCertificate(record);
  const valid = { ...order, certificateSerial: record.serial };
  ca.store.putOrder(valid);
  ca.log.info('certificate issued', { certificate: record.serial, order: order.id, identifiers: order.identifiers.length });
  return valid;
}

/** 127 random bits, positive and without a leading zero unless hostile mode asks for one. */
function unusedSerial(ca: CaContext): Uint8Array {
  for (;;) {
    const serial = ca.hostile.shapeSerial(randomSerial(ca));
    // A repeat means a seeded generator over a kept store; two certificates of one name must never exist.
    if (ca.store.certificateBySerial(Buffer.from(serial).toString('hex')) === undefined) return serial;
  }
}

function randomSerial(ca: CaContext): Uint8Array {
  const bytes = ca.random.bytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) || 0x01;
  return bytes;
}
