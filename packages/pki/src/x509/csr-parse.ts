// Reading certificate signing requests (PKCS #10, RFC 2986) that others made, and checking that they hold the key.
import type { KeyObject } from 'node:crypto';
import { DerCursor } from '../der/cursor.ts';
import { decodeOid } from '../der/oid.ts';
import { tags } from '../der/tags.ts';
import { orPkiError, PkiError } from '../errors.ts';
import { describeKey, type KeySpec } from '../keys/key-spec.ts';
import { publicKeyFromSpki } from '../keys/public-key.ts';
import { verifySignedBytes } from '../keys/signature.ts';
import { parseDnsName } from '../names/dns-name.ts';
import { type Identifier, identifierKey, parseIdentifier } from '../names/identifier.ts';
import { oids } from '../oids.ts';
import { encodePem, looksLikeDer, parsePem } from '../pem.ts';
import { readCommonName } from './distinguished-name.ts';
import { type Extension, isMustStaple, readExtensions } from './extensions.ts';
import { type OtherName, readGeneralNames } from './general-names.ts';

/** A request whose signature was checked. */
export interface Csr {
  readonly der: Uint8Array;
  readonly pem: string;
  /** The common name where it is a name to certify, then the SAN in its order, without repetition (RFC 8555 §7.4). */
  readonly identifiers: readonly Identifier[];
  readonly commonName: string | undefined;
  readonly subjectIsEmpty: boolean;
  readonly publicKey: KeyObject;
  readonly keySpec: KeySpec;
  /** SubjectPublicKeyInfo as the request holds it. */
  readonly spkiDer: Uint8Array;
  readonly mustStaple: boolean;
  /** All extensions asked for, the SAN included. */
  readonly requestedExtensions: readonly Extension[];
  /** SAN entries that are neither DNS names nor IP addresses. */
  readonly otherNames: readonly OtherName[];
}

/** Far above any real request: 100 names of 253 octets make 26 kB. */
const largestCsr = 256 * 1024;

/**
 * Reads a request in DER or PEM and verifies its signature.
 * Throws `csrMalformed`, `csrSignatureInvalid`, `signatureUnsupported` (SHA-1 among others), `keyUnsupported`, or
 * `nameInvalid` for a DNS name that cannot be certified.
 */
export function parseCsr(input: Uint8Array | string): Csr {
  return orPkiError(() => readCsr(toDer(input)), {
    code: 'csrMalformed',
    message: 'CSR cannot be read',
    hint: 'give a PKCS #10 request in PEM or DER',
    pass: ['csrSignatureInvalid', 'signatureUnsupported', 'keyUnsupported', 'nameInvalid'],
  });
}

function toDer(input: Uint8Array | string): Uint8Array {
  if (input.length > largestCsr * 2) throw new PkiError('csrMalformed', 'CSR is too large');
  if (typeof input !== 'string' && looksLikeDer(input)) return input;
  const text = typeof input === 'string' ? input : Buffer.from(input).toString('latin1');
  const block = parsePem(text).find(({ label }) => label === 'CERTIFICATE REQUEST' || label === 'NEW CERTIFICATE REQUEST');
  if (block === undefined) throw new PkiError('csrMalformed', 'no CSR found', { hint: 'the file needs a block that begins with "-----BEGIN CERTIFICATE REQUEST-----"' });
  return block.bytes;
}

function readCsr(der: Uint8Array): Csr {
  if (der.length > largestCsr) throw new PkiError('csrMalformed', 'CSR is too large');
  const outer = new DerCursor(der).next(tags.sequence);
  outer.finish();
  const signed = outer.enter();
  const tbs = signed.next(tags.sequence).element();
  const body = signed.enter();
  const algorithmOid = decodeOid(signed.next(tags.sequence).enter().next(tags.oid).content());
  const signature = signed.next(tags.bitString).content().subarray(1);
  signed.finish();
  const request = readRequest(body);
  const publicKey = publicKeyFromSpki(request.spkiDer);
  const keySpec = describeKey(publicKey);
  if (!verifySignedBytes({ tbs, algorithmOid, signature }, publicKey)) {
    throw new PkiError('csrSignatureInvalid', 'signature of the CSR does not match its public key', { hint: 'make the CSR again with its own private key' });
  }
  return { der, pem: encodePem('CERTIFICATE REQUEST', der), publicKey, keySpec, ...request };
}

type Request = Omit<Csr, 'der' | 'pem' | 'publicKey' | 'keySpec'>;

function readRequest(body: DerCursor): Request {
  body.next(tags.integer);
  const subject = body.next(tags.sequence).enter();
  const subjectIsEmpty = subject.done;
  const commonName = readCommonName(subject);
  const spkiDer = body.next(tags.sequence).element();
  // RFC 2986 makes attributes mandatory, yet some tools leave out an empty set.
  const requestedExtensions = body.nextIf(tags.context(0)) ? readAttributes(body.enter()) : [];
  body.finish();
  const names = readSan(requestedExtensions);
  const feature = requestedExtensions.find(({ oid }) => oid === oids.tlsFeature);
  return {
    identifiers: withCommonName(commonName, names.identifiers),
    commonName,
    subjectIsEmpty,
    spkiDer,
    mustStaple: feature !== undefined && isMustStaple(feature.value),
    requestedExtensions,
    otherNames: names.otherNames,
  };
}

function readAttributes(attributes: DerCursor): readonly Extension[] {
  let requested: readonly Extension[] | undefined;
  while (!attributes.done) {
    const attribute = attributes.next(tags.sequence).enter();
    const oid = decodeOid(attribute.next(tags.oid).content());
    const values = attribute.next(tags.set).enter();
    if (oid !== oids.extensionRequest) continue;
    if (requested !== undefined) throw new PkiError('csrMalformed', 'CSR asks for extensions twice');
    requested = readExtensions(values.next(tags.sequence).enter());
    values.finish();
  }
  return requested ?? [];
}

function readSan(requested: readonly Extension[]): { identifiers: readonly Identifier[]; otherNames: readonly OtherName[] } {
  const san = requested.find(({ oid }) => oid === oids.subjectAltName);
  if (san === undefined) return { identifiers: [], otherNames: [] };
  const outer = new DerCursor(san.value).next(tags.sequence);
  outer.finish();
  const names = readGeneralNames(outer.enter());
  // A name that is signed away must pass the same check as one that is typed in.
  return { ...names, identifiers: names.identifiers.map((name) => (name.type === 'dns' ? { type: 'dns', value: parseDnsName(name.value) } : name)) };
}

function withCommonName(commonName: string | undefined, identifiers: readonly Identifier[]): readonly Identifier[] {
  const all = [...tryIdentifier(commonName), ...identifiers];
  return [...new Map(all.map((identifier) => [identifierKey(identifier), identifier])).values()];
}

/** A common name such as "Example Ltd" is a label for people, not a name to certify. */
function tryIdentifier(commonName: string | undefined): Identifier[] {
  if (commonName === undefined) return [];
  try {
    return [parseIdentifier(commonName)];
  } catch {
    return [];
  }
}
