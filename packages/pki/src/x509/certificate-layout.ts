// Where the parts of a certificate lie in its DER (RFC 5280 §4.1). One pass, plain numbers, nothing decoded.
import { DerCursor } from '../der/cursor.ts';
import { tags } from '../der/tags.ts';
import { PkiError } from '../errors.ts';

/** Offsets into the DER: each part from `…Start` up to but not including `…End`. */
export interface CertificateLayout {
  readonly tbsStart: number;
  readonly tbsEnd: number;
  readonly serialStart: number;
  readonly serialEnd: number;
  readonly issuerStart: number;
  readonly issuerEnd: number;
  readonly validityStart: number;
  readonly validityEnd: number;
  readonly subjectStart: number;
  readonly subjectEnd: number;
  readonly spkiStart: number;
  readonly spkiEnd: number;
  /** The members of the Extensions sequence; start equals end where there are none. */
  readonly extensionsStart: number;
  readonly extensionsEnd: number;
  readonly algorithmOidStart: number;
  readonly algorithmOidEnd: number;
  readonly signatureStart: number;
  readonly signatureEnd: number;
}

/** Far above any real certificate, even with thousands of names. */
const largestCertificate = 1024 * 1024;

/** Finds the parts of the certificate in `der`. Throws `derMalformed` when the frame is broken or bytes follow it. */
export function locateCertificate(der: Uint8Array): CertificateLayout {
  if (der.length > largestCertificate) throw new PkiError('derMalformed', 'certificate is too large');
  const outer = new DerCursor(der, { allowLongLengths: true }).next(tags.sequence);
  outer.finish();
  const signed = outer.enter();
  signed.next(tags.sequence);
  const { start: tbsStart, end: tbsEnd } = signed;
  const tbs = signed.enter();
  const algorithm = signed.next(tags.sequence).enter().next(tags.oid);
  signed.next(tags.bitString);
  if (signed.end === signed.contentStart) throw new PkiError('derMalformed', 'signature is empty');
  signed.finish();
  const layout = locateTbs(tbs);
  layout.tbsStart = tbsStart;
  layout.tbsEnd = tbsEnd;
  layout.algorithmOidStart = algorithm.contentStart;
  layout.algorithmOidEnd = algorithm.end;
  // The first octet of a BIT STRING counts unused bits, of which a signature has none.
  layout.signatureStart = signed.contentStart + 1;
  layout.signatureEnd = signed.end;
  return layout;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** One object filled in place: spreading partial ones together took a third of the time that a certificate costs. */
function locateTbs(tbs: DerCursor): Writable<CertificateLayout> {
  tbs.nextIf(tags.context(0));
  tbs.next(tags.integer);
  const { contentStart: serialStart, end: serialEnd } = tbs;
  if (serialStart === serialEnd) throw new PkiError('derMalformed', 'serial number is empty');
  tbs.next(tags.sequence);
  tbs.next(tags.sequence);
  const { start: issuerStart, end: issuerEnd } = tbs;
  tbs.next(tags.sequence);
  const { contentStart: validityStart, end: validityEnd } = tbs;
  tbs.next(tags.sequence);
  const { start: subjectStart, end: subjectEnd } = tbs;
  tbs.next(tags.sequence);
  const { start: spkiStart, end: spkiEnd } = tbs;
  const extensions = locateExtensions(tbs);
  return {
    tbsStart: 0,
    tbsEnd: 0,
    serialStart,
    serialEnd,
    issuerStart,
    issuerEnd,
    validityStart,
    validityEnd,
    subjectStart,
    subjectEnd,
    spkiStart,
    spkiEnd,
    extensionsStart: extensions?.contentStart ?? 0,
    extensionsEnd: extensions?.end ?? 0,
    algorithmOidStart: 0,
    algorithmOidEnd: 0,
    signatureStart: 0,
    signatureEnd: 0,
  };
}

/** A cursor on the Extensions sequence. */
function locateExtensions(tbs: DerCursor): DerCursor | undefined {
  // The unique identifiers of X.509 version 2, [1] and [2], precede them; nobody uses those.
  while (!tbs.done) {
    if (tbs.next().tag !== tags.context(3)) continue;
    const wrapper = tbs.enter().next(tags.sequence);
    wrapper.finish();
    tbs.finish();
    return wrapper;
  }
  return undefined;
}
