// X.501 names, as far as we look into them: the common name comes out, common name and organization go in.
import type { DerCursor } from '../der/cursor.ts';
import { encodeOid } from '../der/oid.ts';
import { tags } from '../der/tags.ts';
import { der } from '../der/writer.ts';
import { PkiError } from '../errors.ts';
import { oids } from '../oids.ts';

/** The attributes that names we write may have. */
export interface DistinguishedName {
  readonly commonName?: string | undefined;
  readonly organization?: string | undefined;
}

/** A Name (RFC 5280 §4.1.2.4); without attributes an empty sequence. */
export function encodeName(name: DistinguishedName): Uint8Array {
  const attributes: (readonly [string, string | undefined])[] = [
    [oids.organization, name.organization],
    [oids.commonName, name.commonName],
  ];
  const present = attributes.flatMap(([oid, value]) => (value === undefined ? [] : [encodeAttribute(oid, value)]));
  return der.sequence(present);
}

function encodeAttribute(oid: string, value: string): Uint8Array {
  // The upper bound of both attributes is 64 characters (RFC 5280 appendix A.1); OpenSSL refuses to load longer ones.
  if (value === '' || value.length > 64) {
    throw new PkiError('certificateOptionInvalid', 'a name attribute has 1 to 64 characters');
  }
  return der.set([der.sequence([der.oid(oid), der.utf8String(value)])]);
}

const commonNameOid = encodeOid(oids.commonName);

/** The first common name in the Name element at `cursor` (already entered), if any. Throws `derMalformed`. */
export function readCommonName(name: DerCursor): string | undefined {
  let found: string | undefined;
  while (!name.done) {
    const set = name.next(tags.set).enter();
    while (!set.done) {
      const attribute = set.next(tags.sequence).enter().next(tags.oid);
      const isCommonName = attribute.contentIs(commonNameOid);
      attribute.next();
      if (isCommonName) found ??= decodeText(attribute.tag, attribute.content());
    }
  }
  return found;
}

/** Text of a DirectoryString (RFC 5280 §4.1.2.4) or its neighbours; unknown types give undefined. */
function decodeText(tag: number, content: Uint8Array): string | undefined {
  const buffer = Buffer.from(content.buffer, content.byteOffset, content.length);
  switch (tag) {
    case tags.utf8String:
      return buffer.toString('utf8');
    // T.61 is Latin-1 in practice, the others are ASCII.
    case tags.printableString:
    case tags.ia5String:
    case tags.visibleString:
    case tags.teletexString:
      return buffer.toString('latin1');
    case tags.bmpString:
      return decodeBigEndian(content, 2);
    case tags.universalString:
      return decodeBigEndian(content, 4);
    default:
      return undefined;
  }
}

function decodeBigEndian(content: Uint8Array, width: 2 | 4): string {
  if (content.length % width !== 0) throw new PkiError('derMalformed', 'text is cut off inside a character');
  const view = new DataView(content.buffer, content.byteOffset, content.length);
  let text = '';
  for (let at = 0; at < content.length; at += width) {
    const code = width === 2 ? view.getUint16(at) : view.getUint32(at);
    text += width === 2 ? String.fromCharCode(code) : String.fromCodePoint(Math.min(code, 0x10ffff));
  }
  return text;
}
