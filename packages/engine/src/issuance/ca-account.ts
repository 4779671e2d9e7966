// What an issuance needs of the ACME client, and no more: the client's Account fits, and so does a scripted one in tests.
import type { AuthorizationState, ChallengeStatus, ChallengeType, NewOrder, OrderState, Problem, WakeSource } from '@certward/acme';
import type { CallOptions } from '../ports.ts';

/** An account at a CA. */
export interface CaAccount {
  readonly url: string;
  /** Rejects with `replyLost` where a second request could make a second order. */
  createOrder(request: NewOrder & CallOptions): Promise<CaOrder>;
  /** Reads the order at `url`. */
  openOrder(url: string, options?: CallOptions): Promise<CaOrder>;
  /** URLs of orders, in no particular order. Rejects with `unsupportedByServer` when the CA keeps no list. */
  listOrders(options?: CallOptions & { readonly limit?: number }): Promise<readonly string[]>;
}

/** An order at a CA. `state` is as last read. */
export interface CaOrder {
  readonly url: string;
  readonly state: OrderState;
  refresh(options?: CallOptions): Promise<unknown>;
  authorizations(options?: CallOptions): Promise<readonly CaAuthorization[]>;
  pollUntilReady(options: PollPatience & { readonly wake?: WakeSource | undefined }): Promise<unknown>;
  finalize(csrDer: Uint8Array, options?: CallOptions): Promise<unknown>;
  pollUntilValid(options: PollPatience): Promise<unknown>;
  /** `preferenceMet` is false when no chain has the preferred issuer and the default one was taken. */
  downloadCertificate(options: CallOptions & { readonly preferredChain?: string | undefined }): Promise<{ readonly pem: string; readonly preferenceMet?: boolean }>;
}

/** How long to poll. */
export interface PollPatience extends CallOptions {
  readonly timeoutMs: number;
}

/** An authorization at a CA. */
export interface CaAuthorization {
  readonly url: string;
  readonly state: AuthorizationState;
  readonly challenges: readonly CaChallenge[];
  refresh(options?: CallOptions): Promise<unknown>;
  deactivate(options?: CallOptions): Promise<unknown>;
}

/** A challenge at a CA. */
export interface CaChallenge {
  readonly url: string;
  readonly type: ChallengeType;
  readonly status: ChallengeStatus;
  readonly token: string | undefined;
  readonly error: Problem | undefined;
  /** Whether there is what it takes to answer it. */
  readonly isUsable: boolean;
  readonly keyAuthorization: string;
  /** File body, TXT value, or the key authorization again for tls-alpn-01. */
  readonly validation: string;
  readonly recordName: string;
  respond(options?: CallOptions): Promise<unknown>;
}
