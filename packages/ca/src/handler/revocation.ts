// Revocation (RFC 8555 §7.6): who may revoke what, and why.
import { baseName, type Certificate, isWildcard, parseCertificate, spkiDer } from '@certward/pki';
import type { CaContext } from '../context.ts';
import type { CertificateRecord } from '../model.ts';
import { Problem } from '../problem.ts';
import { revokeCertificate } from '../revocation.ts';
import { authorizationStatus } from '../status.ts';
import { authorizationKey } from '../store/store.ts';
import type { CaResponse, Signer, SignerExchange } from './exchange.ts';
import { type JsonObject, member, requiredBytes } from './payload.ts';
import { empty } from './respond.ts';

/** RFC 5280 §5.3.1 codes a subscriber may give: the others speak of the authority itself, or of holds we do not have. */
const subscriberReasons: readonly number[] = [0, 1, 3, 4, 5, 9];
const keyCompromise = 1;

/** revokeCert. 200 with an empty body; `alreadyRevoked` the second time. */
export function revoke({ ca, payload = {}, signer }: SignerExchange): CaResponse {
  const certificate = parsePayloadCertificate(payload);
  const record = ca.store.certificateBySerial(certificate.serial);
  // The serial alone is not identity: the bytes have to be those we issued.
  if (record === undefined || !Buffer.from(record.certificateDer).equals(certificate.der)) {
    throw new Problem('malformed', 'this authority has not issued this certificate', { status: 404 });
  }
  const reason = parseReason(payload);
  checkMayRevoke(ca, signer, record, certificate);
  if (record.revokedAt !== undefined) throw new Problem('alreadyRevoked', 'the certificate is revoked already');
  revokeCertificate(ca, record, reason);
  // Whoever holds the key and says it is compromised has proven it: nothing may use this key again.
  if (signer.by === 'key' && reason === keyCompromise) blockKey(ca, record);
  return empty(200);
}

function parsePayloadCertificate(payload: JsonObject): Certificate {
  const der = requiredBytes(payload, 'certificate');
  try {
    return parseCertificate(der);
  } catch (error) {
    throw new Problem('malformed', '"certificate" is not a certificate in DER', { cause: error });
  }
}

function parseReason(payload: JsonObject): number {
  const reason = member(payload, 'reason') ?? 0;
  if (typeof reason === 'number' && subscriberReasons.includes(reason)) return reason;
  throw new Problem('badRevocationReason', `the reason has to be one of ${subscriberReasons.join(', ')}`);
}

function checkMayRevoke(ca: CaContext, signer: Signer, record: CertificateRecord, certificate: Certificate): void {
  if (signer.by === 'key') {
    if (Buffer.from(spkiDer(signer.key)).equals(certificate.spkiDer)) return;
    throw new Problem('unauthorized', 'the request is not signed by the key of the certificate');
  }
  if (signer.account.id === record.accountId) return;
  if (controlsAllIdentifiers(ca, signer.account.id, record)) return;
  throw new Problem('unauthorized', 'this account neither ordered the certificate nor is authorized for all of its names');
}

/** §7.6: an account that could get this certificate may revoke it. */
function controlsAllIdentifiers(ca: CaContext, accountId: string, record: CertificateRecord): boolean {
  const now = ca.clock.now();
  return record.identifiers.every((identifier) => {
    const wildcard = isWildcard(identifier);
    const identifierKey = authorizationKey({ identifier: { type: identifier.type, value: baseName(identifier) }, wildcard });
    return [...ca.profiles.keys()].some((profile) => {
      const found = ca.store.latestAuthorization({ accountId, profile, identifierKey });
      return found !== undefined && authorizationStatus(found, now) === 'valid';
    });
  });
}

function blockKey(ca: CaContext, record: CertificateRecord): void {
  ca.store.blockKey(record.spkiHash);
  for (const other of ca.store.certificatesOfKey(record.spkiHash)) {
    if (other.revokedAt === undefined && other.serial !== record.serial) revokeCertificate(ca, other, keyCompromise);
  }
  ca.log.warn('key reported as compromised', { certificate: record.serial });
}
