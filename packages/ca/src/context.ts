// What every part of the running authority shares. Made once by createCa; nothing in it changes afterwards except inside its parts.
import type { Clock, Log, Random, Secret } from '@certward/base';
import type { AccountKeys } from './account-keys.ts';
import type { Authority } from './authority/authority.ts';
import type { RevocationLists } from './authority/revocation-lists.ts';
import type { CaMode } from './guardrails.ts';
import type { Hostile } from './hostile.ts';
import type { IdentifierPolicy } from './identifiers.ts';
import type { NonceStore } from './nonces.ts';
import type { Profile } from './profiles.ts';
import type { RateLimits } from './rate-limit.ts';
import type { Store } from './store/store.ts';
import type { Validations } from './validation/validations.ts';

/** Keys handed to customers beforehand (RFC 8555 §7.3.4). */
export interface ExternalAccounts {
  /** Key id to MAC key in base64url. */
  readonly keys: ReadonlyMap<string, Secret>;
  readonly required: boolean;
  readonly singleUse: boolean;
}

/** Seconds asked of clients before they come back. */
export interface RetryAfterSeconds {
  readonly order: number;
  readonly authorization: number;
  readonly renewalInfo: number;
}

/** The parts and settings of one authority. */
export interface CaContext {
  readonly name: string;
  /** Scheme, host and port under which clients see the authority; no slash at the end. */
  readonly publicUrl: string;
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly authority: Authority;
  readonly revocationLists: RevocationLists;
  readonly nonces: NonceStore;
  readonly accountKeys: AccountKeys;
  readonly validations: Validations;
  readonly hostile: Hostile;
  readonly profiles: ReadonlyMap<string, Profile>;
  readonly identifierPolicy: IdentifierPolicy;
  readonly rateLimits: RateLimits;
  readonly externalAccounts: ExternalAccounts;
  readonly termsOfServiceUrl: string | undefined;
  readonly website: string | undefined;
  readonly caaIdentities: readonly string[];
  readonly issuerDomainNames: readonly string[];
  readonly reuse: { readonly orders: boolean; readonly authorizations: boolean };
  readonly retryAfterSeconds: RetryAfterSeconds;
  readonly ordersPerPage: number;
  readonly backdateSeconds: number;
  readonly honourValidityRequests: boolean;
  readonly preAuthorization: boolean;
  readonly requireUserAgent: boolean;
  readonly mode: CaMode;
  /** What is odd about this authority, in words. */
  readonly warnings: readonly string[];
}
