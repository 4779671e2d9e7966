// Puts the authority together: a handler without sockets over a store, a set of keys and a validator.
import { type Clock, type Log, type Random, type Secret, silentLog, systemClock, systemRandom } from '@certward/base';
import { base64urlDecode } from '@certward/pki';
import { AccountKeys } from './account-keys.ts';
import type { Authority } from './authority/authority.ts';
import { RevocationLists } from './authority/revocation-lists.ts';
import type { CaContext, RetryAfterSeconds } from './context.ts';
import { CaError } from './errors.ts';
import type { CaMode } from './guardrails.ts';
import type { CaRequest, CaResponse } from './handler/exchange.ts';
import { respondTo } from './handler/handler.ts';
import { accountUrl } from './handler/pipeline.ts';
import { Hostile, type HostileOptions } from './hostile.ts';
import type { IdentifierPolicy } from './identifiers.ts';
import type { RenewalWindow } from './model.ts';
import { NonceStore } from './nonces.ts';
import { paths } from './paths.ts';
import { completeProfiles, defaultProfiles, type ProfileOptions } from './profiles.ts';
import { type RateLimit, RateLimits } from './rate-limit.ts';
import { findByCertId } from './renewal-information.ts';
import type { Store } from './store/store.ts';
import { Validations } from './validation/validations.ts';
import type { Validator } from './validation/validator.ts';

/** The settings of an authority that do not concern sockets or files. */
export interface CaSettings {
  /** Named profiles; the first is the default one. Default: `default` (90 days) and `shortlived` (6 days). */
  readonly profiles?: Readonly<Record<string, ProfileOptions>> | undefined;
  /** Which identifiers may be certified. Default: every proper one; control is proven in any case. */
  readonly identifierPolicy?: IdentifierPolicy | undefined;
  readonly rateLimit?: RateLimit | undefined;
  /** External account keys: key id to MAC key in base64url. */
  readonly eabKeys?: Readonly<Record<string, Secret>> | undefined;
  /** Whether new accounts need a binding. Default: yes, as soon as there are keys. */
  readonly eabRequired?: boolean | undefined;
  /** Whether a key serves one account only. Default false. */
  readonly eabSingleUse?: boolean | undefined;
  /** Where the terms are that every new account has to agree to. Default: there are none. */
  readonly termsOfServiceUrl?: string | undefined;
  readonly website?: string | undefined;
  /** Names under which CAA records admit this authority. */
  readonly caaIdentities?: readonly string[] | undefined;
  /** Names that dns-persist-01 records may name. Default: the CAA identities. */
  readonly issuerDomainNames?: readonly string[] | undefined;
  /** Whether pending and ready orders, and valid authorizations, are used again. Default both. */
  readonly reuse?: { readonly orders?: boolean; readonly authorizations?: boolean } | undefined;
  /** Seconds asked of clients between polls. Default 0 for orders and authorizations, six hours for renewal information. */
  readonly retryAfterSeconds?: Partial<RetryAfterSeconds> | undefined;
  /** Default 100. */
  readonly ordersPerPage?: number | undefined;
  /** How far certificates begin in the past, for clients with slow clocks. Default one hour. */
  readonly backdateSeconds?: number | undefined;
  /** Whether notBefore and notAfter of orders count (within the profile's lifetime) or are refused. Default they count. */
  readonly honourValidityRequests?: boolean | undefined;
  /** Whether newAuthz is offered. Default false. */
  readonly preAuthorization?: boolean | undefined;
  /** Whether requests without User-Agent are refused (RFC 8555 §6.1). Default false. */
  readonly requireUserAgent?: boolean | undefined;
}

/** What {@link createCa} takes. */
export interface CaOptions extends CaSettings {
  readonly store: Store;
  readonly authority: Authority;
  readonly validator: Validator;
  /** Scheme, host and port under which clients see the authority; no slash at the end. */
  readonly publicUrl: string;
  /** Default `Certward CA`. */
  readonly name?: string | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  readonly log?: Log | undefined;
  /** Misbehaviour for tests. */
  readonly hostile?: HostileOptions | undefined;
  /** Shown on the home page. Default `intranet`. */
  readonly mode?: CaMode | undefined;
  /** What is odd about this authority, in words. */
  readonly warnings?: readonly string[] | undefined;
}

/** A running authority without sockets. */
export interface Ca extends AsyncDisposable {
  readonly publicUrl: string;
  readonly directoryUrl: string;
  /** The roots to trust, in PEM. */
  readonly rootsPem: string;
  /** Serves one request. Never throws. */
  handle(request: CaRequest): Promise<CaResponse>;
  /** Resolves when no validation is under way. */
  idle(): Promise<void>;
  /**
   * Sets the renewal window of a certificate by its RFC 9773 id, or gives it its own back.
   * False where no certificate has that id.
   */
  setRenewalWindow(certId: string, window: RenewalWindow | undefined): Promise<boolean>;
  /** Forgets orders and authorizations that ended a month ago. Done at the start; call it daily after that. */
  prune(): void;
}

/** Default of `name`. */
export const defaultName = 'Certward CA';
const sixHours = 6 * 60 * 60;
const hour = 60 * 60;
/** Ended orders and authorizations are kept this long, for whoever looks into a failure. */
const keptAfterEndMs = 30 * 24 * 60 * 60 * 1000;

/** Makes an authority. Throws `optionInvalid`. */
export function createCa(options: CaOptions): Ca {
  const ca = createContext(options);
  const prune = () => ca.store.prune(new Date(ca.clock.now().getTime() - keptAfterEndMs));
  prune();
  ca.validations.resume();
  return {
    publicUrl: ca.publicUrl,
    directoryUrl: `${ca.publicUrl}${paths.directory}`,
    rootsPem: ca.authority.roots.map((root) => root.pem).join(''),
    handle: (request) => respondTo(ca, request),
    idle: () => ca.validations.idle(),
    setRenewalWindow: (certId, window) => setRenewalWindow(ca, certId, window),
    prune,
    [Symbol.asyncDispose]: () => ca.validations[Symbol.asyncDispose](),
  };
}

function createContext(options: CaOptions): CaContext {
  const { authority, clock = systemClock, log = silentLog, random = systemRandom, reuse, store } = options;
  const publicUrl = checkPublicUrl(options.publicUrl);
  const profiles = completeProfiles(options.profiles ?? defaultProfiles);
  if (profiles.size === 0) throw new CaError('optionInvalid', 'an authority needs at least one profile');
  const hostile = new Hostile(options.hostile ?? {}, { random, clock });
  const caaIdentities = options.caaIdentities ?? [];
  const eabKeys = new Map(Object.entries(options.eabKeys ?? {}));
  for (const [kid, key] of eabKeys) checkEabKey(kid, key);
  return {
    name: options.name ?? defaultName,
    publicUrl,
    store,
    clock,
    random,
    log,
    authority,
    hostile,
    profiles,
    caaIdentities,
    issuerDomainNames: options.issuerDomainNames ?? caaIdentities,
    revocationLists: new RevocationLists({ authority, clock, store }),
    nonces: new NonceStore({ clock, random }),
    accountKeys: new AccountKeys(),
    validations: new Validations({
      store,
      clock,
      log,
      hostile,
      profiles,
      validator: options.validator,
      accountUrl: (accountId) => accountUrl({ publicUrl }, accountId),
    }),
    identifierPolicy: options.identifierPolicy ?? (() => undefined),
    rateLimits: new RateLimits(options.rateLimit),
    externalAccounts: { keys: eabKeys, required: options.eabRequired ?? eabKeys.size > 0, singleUse: options.eabSingleUse ?? false },
    termsOfServiceUrl: options.termsOfServiceUrl,
    website: options.website,
    reuse: { orders: reuse?.orders ?? true, authorizations: reuse?.authorizations ?? true },
    retryAfterSeconds: { order: 0, authorization: 0, renewalInfo: sixHours, ...options.retryAfterSeconds },
    ordersPerPage: options.ordersPerPage ?? 100,
    backdateSeconds: options.backdateSeconds ?? hour,
    honourValidityRequests: options.honourValidityRequests ?? true,
    preAuthorization: options.preAuthorization ?? false,
    requireUserAgent: options.requireUserAgent ?? false,
    mode: options.mode ?? 'intranet',
    warnings: options.warnings ?? [],
  };
}

/** Said at the start, not to the first customer. Never shows the key. */
function checkEabKey(kid: string, key: Secret): void {
  try {
    if (base64urlDecode(key.reveal()).length > 0) return;
  } catch {
    // Falls through to the same refusal, without the cause: it may quote the key.
  }
  throw new CaError('optionInvalid', `the external account key "${kid}" is not base64url`, { hint: 'write it without padding, with - and _ instead of + and /' });
}

/** An origin, since paths are appended to it and signed URLs are compared byte for byte. */
function checkPublicUrl(publicUrl: string): string {
  const isOrigin = URL.canParse(publicUrl) && new URL(publicUrl).origin === publicUrl;
  if (!isOrigin) throw new CaError('optionInvalid', `"${publicUrl}" is not an origin`, { hint: 'write it as https://ca.example.org or https://ca.example.org:8443' });
  return publicUrl;
}

async function setRenewalWindow(ca: CaContext, certId: string, window: RenewalWindow | undefined): Promise<boolean> {
  const certificate = findByCertId(ca, certId);
  if (certificate === undefined) return false;
  const { renewalWindow: _replaced, ...rest } = certificate;
  ca.store.putCertificate(window === undefined ? rest : { ...rest, renewalWindow: window });
  await ca.store.flush();
  return true;
}
