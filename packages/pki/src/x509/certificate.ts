// A certificate, read lazily: opening one notes where its parts lie, and each part is decoded when somebody asks for it.
// That is what lets ten thousand certificates be looked through in a few hundredths of a second.
import { type KeyObject, createHash } from 'node:crypto';
import { DerCursor } from '../der/cursor.ts';
import { decodeOid } from '../der/oid.ts';
import { tags } from '../der/tags.ts';
import { decodeTime } from '../der/time.ts';
import { toHex } from '../encoding/bytes.ts';
import { PkiError } from '../errors.ts';
import { describeKey, type KeySpec } from '../keys/key-spec.ts';
import { publicKeyFromSpki } from '../keys/public-key.ts';
import type { Identifier } from '../names/identifier.ts';
import { oids } from '../oids.ts';
import { encodePem } from '../pem.ts';
import { type CertificateLayout, locateCertificate } from './certificate-layout.ts';
import * as read from './certificate-extensions.ts';
import { readCommonName } from './distinguished-name.ts';
import type { Extension } from './extensions.ts';
import { readExtensions, isMustStaple } from './extensions.ts';
import type { GeneralNames, OtherName } from './general-names.ts';

/**
 * One X.509 certificate. Made by `parseCertificate`, which checks the frame; reading a part that is malformed throws
 * {@link PkiError} `certificateMalformed` at that moment. Unknown extensions and algorithms are no error.
 */
export class Certificate {
  /** The certificate as it came. */
  readonly der: Uint8Array;
  readonly #layout: CertificateLayout;
  #names: GeneralNames | undefined;
  #extensions: readonly Extension[] | undefined;
  #publicKey: KeyObject | undefined;

  /** @internal Use `parseCertificate`. */
  constructor(der: Uint8Array) {
    this.der = der;
    this.#layout = locateCertificate(der);
  }

  /** The certificate as PEM with a final newline. */
  get pem(): string {
    return encodePem('CERTIFICATE', this.der);
  }

  /** Content octets of the serial number exactly as in the DER, a leading 00 included. */
  get serialBytes(): Uint8Array {
    return this.der.subarray(this.#layout.serialStart, this.#layout.serialEnd);
  }

  /** {@link Certificate.serialBytes} in lower-case hexadecimal. */
  get serial(): string {
    return toHex(this.serialBytes);
  }

  /** First instant of validity. */
  get notBefore(): Date {
    return this.#guard(() => this.#time(0));
  }

  /** Last instant of validity: still valid at this very second (RFC 5280 §4.1.2.5). */
  get notAfter(): Date {
    return this.#guard(() => this.#time(1));
  }

  /** DNS names and IP addresses of the subject alternative name, in its order. */
  get identifiers(): readonly Identifier[] {
    return this.#generalNames().identifiers;
  }

  /** Subject alternative names that are not {@link Certificate.identifiers}. */
  get otherNames(): readonly OtherName[] {
    return this.#generalNames().otherNames;
  }

  /** Common name of the subject, if it has one; many leaves have none. */
  get commonName(): string | undefined {
    return this.#guard(() => readCommonName(new DerCursor(this.subjectDer, lenient).next(tags.sequence).enter()));
  }

  /** The same as {@link Certificate.commonName}, for symmetry with the issuer's. */
  get subjectCommonName(): string | undefined {
    return this.commonName;
  }

  /** Common name of the issuer, if it has one. */
  get issuerCommonName(): string | undefined {
    return this.#guard(() => readCommonName(new DerCursor(this.issuerDer, lenient).next(tags.sequence).enter()));
  }

  /** The subject's Name element. */
  get subjectDer(): Uint8Array {
    return this.der.subarray(this.#layout.subjectStart, this.#layout.subjectEnd);
  }

  /** The issuer's Name element. */
  get issuerDer(): Uint8Array {
    return this.der.subarray(this.#layout.issuerStart, this.#layout.issuerEnd);
  }

  /** Whether subject and issuer are the same name, as in roots. */
  get selfIssued(): boolean {
    return Buffer.compare(this.subjectDer, this.issuerDer) === 0;
  }

  /** The part that is signed. */
  get tbsDer(): Uint8Array {
    return this.der.subarray(this.#layout.tbsStart, this.#layout.tbsEnd);
  }

  /** Dotted identifier of the signature algorithm, known to us or not. */
  get signatureAlgorithmOid(): string {
    return this.#guard(() => decodeOid(this.der.subarray(this.#layout.algorithmOidStart, this.#layout.algorithmOidEnd)));
  }

  /** Octets of the signature. */
  get signature(): Uint8Array {
    return this.der.subarray(this.#layout.signatureStart, this.#layout.signatureEnd);
  }

  /** SubjectPublicKeyInfo as the certificate holds it. */
  get spkiDer(): Uint8Array {
    return this.der.subarray(this.#layout.spkiStart, this.#layout.spkiEnd);
  }

  /** The public key. Throws `keyMalformed` when the platform cannot load it. */
  get publicKey(): KeyObject {
    return (this.#publicKey ??= publicKeyFromSpki(this.spkiDer));
  }

  /** Kind and size of the public key. Throws `keyUnsupported` for kinds outside `KeySpec`. */
  get keySpec(): KeySpec {
    return describeKey(this.publicKey);
  }

  /** Key identifier of the issuer's key. */
  get authorityKeyId(): Uint8Array | undefined {
    return this.#read(oids.authorityKeyId, read.authorityKeyId);
  }

  /** Key identifier of the own key; leaves may lack it. */
  get subjectKeyId(): Uint8Array | undefined {
    return this.#read(oids.subjectKeyId, read.subjectKeyId);
  }

  /** Whether basicConstraints says that this is a CA. */
  get isCa(): boolean {
    return this.#read(oids.basicConstraints, read.basicConstraints)?.isCa ?? false;
  }

  /** How many intermediates may follow below this CA, where it says so. */
  get pathLength(): number | undefined {
    return this.#read(oids.basicConstraints, read.basicConstraints)?.pathLength;
  }

  /** Dotted identifiers of the extended key usages; undefined where any use is allowed. */
  get extendedKeyUsageOids(): readonly string[] | undefined {
    return this.#read(oids.extendedKeyUsage, read.extendedKeyUsageOids);
  }

  /** Where the CRLs for this certificate are published. */
  get crlUrls(): readonly string[] {
    return this.#read(oids.crlDistributionPoints, read.crlUrls) ?? [];
  }

  /** Where OCSP answers for this certificate are given. */
  get ocspUrls(): readonly string[] {
    return this.#read(oids.authorityInfoAccess, (at) => read.accessUrls(at, oids.ocsp)) ?? [];
  }

  /** Where the issuer's certificate can be fetched. */
  get caIssuersUrls(): readonly string[] {
    return this.#read(oids.authorityInfoAccess, (at) => read.accessUrls(at, oids.caIssuers)) ?? [];
  }

  /** Whether the certificate obliges the server to staple OCSP answers (RFC 7633). */
  get hasMustStaple(): boolean {
    return this.#read(oids.tlsFeature, (at) => isMustStaple(at.remaining())) ?? false;
  }

  /** All extensions. */
  get extensions(): readonly Extension[] {
    return (this.#extensions ??= this.#guard(() => {
      const { extensionsStart: start, extensionsEnd: end } = this.#layout;
      return readExtensions(new DerCursor(this.der, { start, end, allowLongLengths: true }));
    }));
  }

  /** SHA-256 of the certificate in lower-case hexadecimal. */
  get fingerprintSha256(): string {
    return createHash('sha256').update(this.der).digest('hex');
  }

  #time(index: 0 | 1): Date {
    const validity = new DerCursor(this.der, { start: this.#layout.validityStart, end: this.#layout.validityEnd, allowLongLengths: true }).next();
    if (index === 1) validity.next();
    return decodeTime(validity.tag, this.der, validity.contentStart, validity.end);
  }

  #generalNames(): GeneralNames {
    return (this.#names ??= this.#read(oids.subjectAltName, read.subjectAltName) ?? { identifiers: [], otherNames: [] });
  }

  /** Decodes the value of one extension; undefined where the certificate lacks it. */
  #read<T>(oid: string, decode: (value: DerCursor) => T): T | undefined {
    return this.#guard(() => {
      const found = read.findExtension(this.der, this.#layout, oid);
      return found === undefined ? undefined : decode(found);
    });
  }

  #guard<T>(decode: () => T): T {
    try {
      return decode();
    } catch (error) {
      if (error instanceof PkiError && error.code !== 'derMalformed') throw error;
      throw new PkiError('certificateMalformed', 'certificate has a malformed part', { cause: error });
    }
  }
}

/** What others signed is read as it is: we must see the names and dates even where lengths are clumsy. */
const lenient = { allowLongLengths: true } as const;
