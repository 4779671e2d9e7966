// Renewal information (RFC 9773): certificate ids, suggested windows, and which order replaces which certificate.
import { base64urlDecode, type Identifier, identifierKey, toHex } from '@certward/pki';
import type { CaContext } from './context.ts';
import type { CertificateRecord, OrderRecord, RenewalWindow } from './model.ts';
import { Problem } from './problem.ts';
import { orderStatus } from './status.ts';
import { authorizationsOf } from './store/store.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** The certificate of an id: base64url of the issuer's key identifier, a dot, base64url of the serial octets (§4.1). */
export function findByCertId(ca: CaContext, certId: string): CertificateRecord | undefined {
  const parts = certId.split('.');
  if (parts.length !== 2) throw new Problem('malformed', 'a certificate id has two parts, separated by a dot');
  const [keyId, serial] = parts.map(decodePart);
  const issuer = ca.authority.issuerByKeyId(keyId as string);
  const record = ca.store.certificateBySerial(serial as string);
  return issuer !== undefined && record?.issuerId === issuer.id ? record : undefined;
}

function decodePart(text: string): string {
  try {
    return toHex(base64urlDecode(text));
  } catch (error) {
    throw new Problem('malformed', 'a certificate id is base64url without padding', { cause: error });
  }
}

/**
 * When to renew: the operator's own window, else the immediate past for a revoked certificate, else a hundredth of the
 * lifetime on each side of two thirds of it (of half, when it lives less than ten days), as Boulder does.
 */
export function suggestedWindow(certificate: CertificateRecord, now: Date): RenewalWindow {
  if (certificate.renewalWindow !== undefined) return certificate.renewalWindow;
  if (certificate.revokedAt !== undefined) {
    return { startAt: new Date(now.getTime() - 60 * minuteMs), endAt: new Date(now.getTime() - 30 * minuteMs) };
  }
  const endMs = certificate.notAfterAt.getTime();
  const lifetimeMs = endMs - certificate.notBeforeAt.getTime();
  const centreMs = endMs - lifetimeMs / (lifetimeMs < 10 * dayMs ? 2 : 3);
  return { startAt: new Date(centreMs - lifetimeMs / 100), endAt: new Date(centreMs + lifetimeMs / 100) };
}

/** What `replaces` of a new order claims. */
export interface ReplacementClaim {
  readonly certId: string;
  readonly accountId: string;
  readonly identifiers: readonly Identifier[];
}

/** Checks the claim (§5): a known certificate of the same account with a name in common, not replaced by another order. */
export function findPredecessor(ca: CaContext, { accountId, certId, identifiers }: ReplacementClaim): CertificateRecord {
  const predecessor = findByCertId(ca, certId);
  if (predecessor === undefined) throw new Problem('malformed', 'replaces names no certificate of this authority');
  if (predecessor.accountId !== accountId) throw new Problem('unauthorized', 'replaces names a certificate of another account');
  const known = new Set(predecessor.identifiers.map(identifierKey));
  if (!identifiers.some((identifier) => known.has(identifierKey(identifier)))) {
    throw new Problem('malformed', 'the certificate to replace and the order have no identifier in common');
  }
  const successor = predecessor.replacedByOrderId === undefined ? undefined : ca.store.orderById(predecessor.replacedByOrderId);
  if (successor !== undefined && orderStatus(successor, authorizationsOf(ca.store, successor), ca.clock.now()) !== 'invalid') {
    throw new Problem('alreadyReplaced', 'another order replaces this certificate already');
  }
  return predecessor;
}

/** Remembers which order replaces a certificate. */
export function markReplaced(ca: CaContext, predecessor: CertificateRecord, order: OrderRecord): void {
  ca.store.putCertificate({ ...predecessor, replacedByOrderId: order.id });
}
