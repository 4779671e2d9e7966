// Signs leaves and revocation lists. Knows certificates only; who may have one is decided elsewhere.
import type { KeyObject } from 'node:crypto';
import { type Certificate, createCertificate, createCrl, type Identifier, type RevokedCertificate, toHex } from '@certward/pki';
import { type Hierarchy, type HierarchyOptions, type Intermediate, openHierarchy } from './hierarchy.ts';

/** What a leaf is to contain. */
export interface LeafRequest {
  readonly publicKey: KeyObject;
  readonly identifiers: readonly Identifier[];
  readonly commonName?: string | undefined;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly mustStaple?: boolean | undefined;
  readonly serialBytes: Uint8Array;
  /** Where the CRL of the issuer with this id is found. */
  readonly crlUrl?: ((issuerId: string) => string) | undefined;
}

/** What a revocation list is to contain. */
export interface CrlRequest {
  readonly issuerId: string;
  readonly revoked: readonly RevokedCertificate[];
  readonly number: number;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
}

/** The signing side of the certificate authority. */
export class Authority {
  readonly #hierarchy: Hierarchy;
  readonly #byId: ReadonlyMap<string, Intermediate>;
  readonly #byKeyId: ReadonlyMap<string, Intermediate>;
  readonly #current: Intermediate;

  constructor(hierarchy: Hierarchy) {
    this.#hierarchy = hierarchy;
    this.#byId = new Map(hierarchy.intermediates.map((one) => [one.id, one]));
    this.#byKeyId = new Map(hierarchy.intermediates.map((one) => [keyIdOf(one), one]));
    this.#current = hierarchy.intermediates.at(-1) as Intermediate;
  }

  /** Opens the authority over its keys, making them at the first start. */
  static async open(options: HierarchyOptions): Promise<Authority> {
    return new Authority(await openHierarchy(options));
  }

  /** The roots to trust; the first one tops the default chain. */
  get roots(): readonly Certificate[] {
    return this.#hierarchy.roots.map(({ certificate }) => certificate);
  }

  /** The issuer whose key has this identifier (hex). */
  issuerByKeyId(keyId: string): Intermediate | undefined {
    return this.#byKeyId.get(keyId);
  }

  /** The chains of an issuer, without leaf and root: the default one, then the alternates. */
  chainsOf(issuerId: string): readonly (readonly Certificate[])[] {
    return this.#byId.get(issuerId)?.certificates.map((certificate) => [certificate]) ?? [];
  }

  /** True where this authority signs, or signed, under that issuer id. */
  hasIssuer(issuerId: string): boolean {
    return this.#byId.has(issuerId);
  }

  /** Signs a leaf. It never outlives its issuer. */
  issueLeaf(request: LeafRequest): { readonly certificate: Certificate; readonly issuerId: string } {
    const { id, issuer } = this.#current;
    const latest = issuer.certificate.notAfter;
    const certificate = createCertificate({
      subjectPublicKey: request.publicKey,
      issuer,
      subject: request.commonName === undefined ? undefined : { commonName: request.commonName },
      identifiers: request.identifiers,
      serialBytes: request.serialBytes,
      notBefore: request.notBefore,
      notAfter: request.notAfter > latest ? latest : request.notAfter,
      mustStaple: request.mustStaple,
      crlUrl: request.crlUrl?.(id),
    });
    return { certificate, issuerId: id };
  }

  /** Signs a revocation list in DER. */
  signCrl({ issuerId, ...content }: CrlRequest): Uint8Array {
    const intermediate = this.#byId.get(issuerId);
    if (intermediate === undefined) throw new TypeError(`no issuer "${issuerId}"`);
    return createCrl({ ...content, issuer: intermediate.issuer }).der;
  }
}

function keyIdOf({ issuer }: Intermediate): string {
  return toHex(issuer.certificate.subjectKeyId ?? new Uint8Array());
}
