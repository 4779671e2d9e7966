// Certificate revocation lists: signed when asked for, kept until something is revoked or half of their life is over.
import type { Clock } from '@certward/base';
import { fromHex } from '@certward/pki';
import type { Store } from '../store/store.ts';
import type { Authority } from './authority.ts';

const dayMs = 24 * 60 * 60 * 1000;
const lifetimeMs = 7 * dayMs;

/** A list as it is served. */
export interface RevocationList {
  readonly crlDer: Uint8Array;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
}

/** The present revocation list of each issuer. */
export class RevocationLists {
  readonly #parts: { readonly authority: Authority; readonly clock: Clock; readonly store: Store };
  readonly #lists = new Map<string, RevocationList>();

  constructor(parts: { readonly authority: Authority; readonly clock: Clock; readonly store: Store }) {
    this.#parts = parts;
  }

  /** The list of one issuer, signed anew where that is due. */
  current(issuerId: string): RevocationList {
    const now = this.#parts.clock.now();
    const known = this.#lists.get(issuerId);
    if (known !== undefined && now.getTime() < known.thisUpdate.getTime() + lifetimeMs / 2) return known;
    const fresh = this.#sign(issuerId, now);
    this.#lists.set(issuerId, fresh);
    return fresh;
  }

  /** Something was revoked: the next reader gets a new list. */
  forget(issuerId: string): void {
    this.#lists.delete(issuerId);
  }

  #sign(issuerId: string, now: Date): RevocationList {
    const { authority, store } = this.#parts;
    // RFC 5280 §3.3: an entry stays until it was on one list beyond the certificate's life.
    const revoked = store.revokedCertificates(issuerId, new Date(now.getTime() - lifetimeMs)).map((certificate) => ({
      serialBytes: fromHex(certificate.serial),
      revokedAt: certificate.revokedAt ?? now,
      reason: certificate.revocationReason ?? 0,
    }));
    const nextUpdate = new Date(now.getTime() + lifetimeMs);
    const crlDer = authority.signCrl({ issuerId, revoked, number: store.increment(`crl ${issuerId}`), thisUpdate: now, nextUpdate });
    return { crlDer, thisUpdate: now, nextUpdate };
  }
}
