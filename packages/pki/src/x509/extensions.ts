// Extensions of certificates, requests and CRLs: the frame around them, and writers for the ones that we put in.
import type { DerCursor } from '../der/cursor.ts';
import { decodeOid } from '../der/oid.ts';
import { tags } from '../der/tags.ts';
import { der } from '../der/writer.ts';
import { asciiBytes, toHex } from '../encoding/bytes.ts';
import { PkiError } from '../errors.ts';
import type { Identifier } from '../names/identifier.ts';
import { type ExtendedKeyUsage, extendedKeyUsageOids, type KeyUsage, keyUsages, oids } from '../oids.ts';
import { encodeGeneralNames } from './general-names.ts';

/** One extension; `value` is the DER inside its OCTET STRING. */
export interface Extension {
  readonly oid: string;
  readonly critical: boolean;
  readonly value: Uint8Array;
}

/** Reads the members of an Extensions sequence (already entered). Repeated ones throw `derMalformed` (RFC 5280 §4.2). */
export function readExtensions(extensions: DerCursor): Extension[] {
  const found = new Map<string, Extension>();
  while (!extensions.done) {
    const member = extensions.next(tags.sequence).enter();
    const oid = decodeOid(member.next(tags.oid).content());
    const critical = member.nextIf(tags.boolean) && member.bytes[member.contentStart] !== 0;
    const value = member.next(tags.octetString).content();
    member.finish();
    if (found.has(oid)) throw new PkiError('derMalformed', `extension ${oid} occurs twice`);
    found.set(oid, { oid, critical, value });
  }
  return [...found.values()];
}

/** The hexadecimal of a must-staple value: a sequence that holds status_request (5) alone (RFC 7633 §6). */
const mustStapleValue = '3003020105';

/** Whether a TLS feature extension asks for OCSP stapling. */
export function isMustStaple(value: Uint8Array): boolean {
  return toHex(value) === mustStapleValue;
}

function extension(oid: string, value: Uint8Array, critical = false): Uint8Array {
  const flag = critical ? [der.boolean(true)] : [];
  return der.sequence([der.oid(oid), ...flag, der.octetString(value)]);
}

function urlName(url: string): Uint8Array {
  return der.implicit(6, asciiBytes(url));
}

/** Writers of extensions, complete with frame. */
export const extensions = {
  /** RFC 5280 §4.2.1.6: critical where the subject is empty. */
  subjectAltName: (identifiers: readonly Identifier[], critical: boolean): Uint8Array =>
    extension(oids.subjectAltName, encodeGeneralNames(identifiers), critical),
  mustStaple: (): Uint8Array => extension(oids.tlsFeature, der.sequence([der.integer(5)])),
  basicConstraints: (isCa: boolean, pathLength?: number): Uint8Array =>
    extension(
      oids.basicConstraints,
      der.sequence([...(isCa ? [der.boolean(true)] : []), ...(isCa && pathLength !== undefined ? [der.integer(pathLength)] : [])]),
      true,
    ),
  keyUsage: (usages: readonly KeyUsage[]): Uint8Array =>
    extension(oids.keyUsage, der.namedBits(usages.map((usage) => keyUsages.indexOf(usage))), true),
  extendedKeyUsage: (usages: readonly ExtendedKeyUsage[]): Uint8Array =>
    extension(oids.extendedKeyUsage, der.sequence(usages.map((usage) => der.oid(extendedKeyUsageOids[usage])))),
  subjectKeyId: (keyId: Uint8Array): Uint8Array => extension(oids.subjectKeyId, der.octetString(keyId)),
  authorityKeyId: (keyId: Uint8Array): Uint8Array => extension(oids.authorityKeyId, der.sequence([der.implicit(0, keyId)])),
  crlDistributionPoint: (url: string): Uint8Array =>
    extension(oids.crlDistributionPoints, der.sequence([der.sequence([der.explicit(0, [der.explicit(0, [urlName(url)])])])])),
  authorityInfoAccess: (urls: { readonly ocsp?: string | undefined; readonly caIssuers?: string | undefined }): Uint8Array => {
    const entry = (oid: string, url: string | undefined) => (url === undefined ? [] : [der.sequence([der.oid(oid), urlName(url)])]);
    return extension(oids.authorityInfoAccess, der.sequence([...entry(oids.ocsp, urls.ocsp), ...entry(oids.caIssuers, urls.caIssuers)]));
  },
  /** RFC 8737 §3: critical, the SHA-256 of the key authorization in an OCTET STRING. */
  acmeIdentifier: (digest: Uint8Array): Uint8Array => extension(oids.acmeIdentifier, der.octetString(digest), true),
  crlNumber: (number: number | bigint): Uint8Array => extension(oids.crlNumber, der.integer(number)),
  reasonCode: (reason: number): Uint8Array => extension(oids.reasonCode, der.enumerated(reason)),
} as const;
