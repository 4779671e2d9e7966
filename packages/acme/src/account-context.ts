// What orders, authorizations and challenges need of the account they belong to.
import type { Session, Signer } from './session.ts';

/** An account as its resources see it. A key rollover changes what `signer` and `thumbprint` return. */
export interface AccountContext {
  readonly session: Session;
  signer(): Required<Signer>;
  /** RFC 7638 thumbprint of the account key. */
  thumbprint(): string;
}
