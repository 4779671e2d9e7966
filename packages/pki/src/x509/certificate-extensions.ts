// Decoders for the extensions that we look into (RFC 5280 §4.2). Each takes a cursor over the extension's value.
import { DerCursor } from '../der/cursor.ts';
import { decodeOid, encodeOid } from '../der/oid.ts';
import { tags } from '../der/tags.ts';
import { der } from '../der/writer.ts';
import { PkiError } from '../errors.ts';
import type { CertificateLayout } from './certificate-layout.ts';
import { type GeneralNames, readGeneralNames } from './general-names.ts';

const identifierElements = new Map<string, Uint8Array>();

/** An object identifier with tag and length, as extensions begin. */
function identifierElement(oid: string): Uint8Array {
  const known = identifierElements.get(oid) ?? der.oid(oid);
  identifierElements.set(oid, known);
  return known;
}

/** A cursor over the value of the extension `oid`, found without entering the others; undefined where it is missing. */
export function findExtension(certificate: Uint8Array, layout: CertificateLayout, oid: string): DerCursor | undefined {
  const wanted = identifierElement(oid);
  const extensions = new DerCursor(certificate, { start: layout.extensionsStart, end: layout.extensionsEnd, allowLongLengths: true });
  while (!extensions.done) {
    if (!extensions.next(tags.sequence).contentStartsWith(wanted)) continue;
    const member = extensions.enter().next();
    member.nextIf(tags.boolean);
    return member.next(tags.octetString).enter();
  }
  return undefined;
}

/** The one SEQUENCE that most values are. */
function members(value: DerCursor): DerCursor {
  value.next(tags.sequence).finish();
  return value.enter();
}

/** keyIdentifier of an AuthorityKeyIdentifier, with or without issuer and serial beside it. */
export function authorityKeyId(value: DerCursor): Uint8Array | undefined {
  const parts = members(value);
  return parts.nextIf(tags.contextPrimitive(0)) ? parts.content() : undefined;
}

/** A SubjectKeyIdentifier. */
export function subjectKeyId(value: DerCursor): Uint8Array {
  return value.next(tags.octetString).content();
}

/** A SubjectAltName. */
export function subjectAltName(value: DerCursor): GeneralNames {
  return readGeneralNames(members(value));
}

/** BasicConstraints. */
export function basicConstraints(value: DerCursor): { readonly isCa: boolean; readonly pathLength: number | undefined } {
  const parts = members(value);
  const isCa = parts.nextIf(tags.boolean) && parts.bytes[parts.contentStart] !== 0;
  const pathLength = parts.nextIf(tags.integer) ? smallInteger(parts.content()) : undefined;
  return { isCa, pathLength };
}

function smallInteger(content: Uint8Array): number {
  const [first = 0x80] = content;
  if (first >= 0x80 || content.length > 4) throw new PkiError('derMalformed', 'integer is negative or too large');
  return content.reduce((value, octet) => value * 256 + octet, 0);
}

/** ExtendedKeyUsage. */
export function extendedKeyUsageOids(value: DerCursor): readonly string[] {
  const parts = members(value);
  const found: string[] = [];
  while (!parts.done) found.push(decodeOid(parts.next(tags.oid).content()));
  return found;
}

/** URLs among the full names of CRLDistributionPoints. */
export function crlUrls(value: DerCursor): readonly string[] {
  const points = members(value);
  const urls: string[] = [];
  while (!points.done) {
    const point = points.next(tags.sequence).enter();
    // distributionPoint [0] holds either fullName [0] or a relative name [1].
    if (!point.nextIf(tags.context(0))) continue;
    const name = point.enter();
    if (name.nextIf(tags.context(0))) urls.push(...readUrls(name.enter()));
  }
  return urls;
}

/** URLs that AuthorityInfoAccess gives for one access method. */
export function accessUrls(value: DerCursor, method: string): readonly string[] {
  const wanted = encodeOid(method);
  const entries = members(value);
  const urls: string[] = [];
  while (!entries.done) {
    const entry = entries.next(tags.sequence).enter().next(tags.oid);
    if (entry.contentIs(wanted)) urls.push(...readUrls(entry));
  }
  return urls;
}

/** uniformResourceIdentifier [6] of the GeneralNames that are left. */
function readUrls(names: DerCursor): string[] {
  const urls: string[] = [];
  while (!names.done) {
    if (names.next().tag === tags.contextPrimitive(6)) urls.push(names.latin1());
  }
  return urls;
}
