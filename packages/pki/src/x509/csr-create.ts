// Writing certificate signing requests (PKCS #10, RFC 2986) the way CAs like them: names in the SAN only.
import type { KeyObject } from 'node:crypto';
import { der } from '../der/writer.ts';
import { PkiError } from '../errors.ts';
import { spkiDer } from '../keys/public-key.ts';
import { signStructure } from '../keys/signature.ts';
import type { Identifier } from '../names/identifier.ts';
import { oids } from '../oids.ts';
import { encodePem } from '../pem.ts';
import { encodeName } from './distinguished-name.ts';
import { extensions } from './extensions.ts';

/** What a request asks for. */
export interface CsrOptions {
  /** The private key that the certificate will be for; it signs the request. */
  readonly key: KeyObject;
  /** At least one; they keep their order. */
  readonly identifiers: readonly Identifier[];
  /** Ask for the TLS feature extension (RFC 7633). Default false: few CAs still do OCSP. */
  readonly mustStaple?: boolean | undefined;
  /** Default none, so the subject is empty: CAs ignore it, and it cannot hold names over 64 characters. */
  readonly commonName?: string | undefined;
}

/** A signed request for `identifiers`. */
export function createCsr(options: CsrOptions): { readonly der: Uint8Array; readonly pem: string } {
  if (options.identifiers.length === 0) throw new PkiError('certificateOptionInvalid', 'a CSR needs at least one identifier');
  const requested = [
    extensions.subjectAltName(options.identifiers, false),
    ...(options.mustStaple === true ? [extensions.mustStaple()] : []),
  ];
  const attribute = der.sequence([der.oid(oids.extensionRequest), der.set([der.sequence(requested)])]);
  const request = der.sequence([
    der.integer(0),
    encodeName({ commonName: options.commonName }),
    spkiDer(options.key),
    der.explicit(0, [attribute]),
  ]);
  const signed = signStructure(request, options.key);
  return { der: signed, pem: encodePem('CERTIFICATE REQUEST', signed) };
}
