// ACME renewal information (RFC 9773): when the CA would like a certificate to be renewed. Advisory; never signed, no nonce.
import type { Certificate } from '@certward/pki';
import { renewalInfoCertId } from '@certward/pki';

import { AcmeError, AcmeProblem } from './errors.ts';
import { invalidResponse, objectOf, optionalObject, optionalString, parseInstant } from './fields.ts';
import type { Session } from './session.ts';
import type { CallOptions } from './types.ts';

/** What the CA suggests. */
export interface RenewalInfo {
  /** Renew at a moment drawn uniformly from this span, `end` excluded; at once when it is past. */
  readonly suggestedWindow: { readonly start: Date; readonly end: Date };
  /** A page that says why the window moved, e.g. a mass revocation. For people; never fetched by us. */
  readonly explanationUrl?: string;
  /** When to ask again: the server's Retry-After within [1 min, 1 day], 6 h where it gave none (§4.3). */
  readonly retryAfterSeconds: number;
}

/** §4.3.2: bounds that keep a mistaken server from being asked every second, or never again. */
const shortestSeconds = 60;
const longestSeconds = 24 * 3_600;
/** §4.3.3: after a failure that will not pass by itself, and where Retry-After is missing. */
const afterFailureSeconds = 6 * 3_600;

/**
 * Asks for the renewal information of a certificate (or of its RFC 9773 id). Throws `unsupportedByServer` when the
 * directory has no renewalInfo, else `renewalInfoUnavailable`, whose `retry` says when to ask again. Renewal must never
 * depend on this: on any error decide by lifetime.
 */
export async function fetchRenewalInfo(session: Session, certificate: Certificate | string, options: CallOptions): Promise<RenewalInfo> {
  const certId = typeof certificate === 'string' ? checkCertId(certificate) : renewalInfoCertId(certificate);
  const base = await session.resource('renewalInfo', options);
  // §4.1; directories write the URL with and without a final slash.
  const url = session.policy.check(`${base.replace(/\/$/, '')}/${certId}`, 'the renewal information url');
  try {
    const reply = await session.get(url, options);
    return parseRenewalInfo(reply.json, reply.retryAfterSeconds);
  } catch (error) {
    if (error instanceof AcmeError) throw unavailable(error);
    throw error;
  }
}

/** Reads renewal information. Throws `invalidResponse`, also for a window that ends before it starts (§4.2). */
export function parseRenewalInfo(value: unknown, retryAfterSeconds: number | undefined): RenewalInfo {
  const from = objectOf(value, 'renewal information');
  const window = optionalObject(from, 'suggestedWindow') ?? {};
  const start = parseInstant(optionalString(window, 'start') ?? '');
  const end = parseInstant(optionalString(window, 'end') ?? '');
  if (start === undefined || end === undefined) throw invalidResponse('renewal information without a window');
  if (end <= start) throw invalidResponse('renewal information whose window ends before it starts');
  const page = optionalString(from, 'explanationURL');
  const isPage = page !== undefined && page.length <= 2_048 && /^https?:\/\/[\x21-\x7e]+$/.test(page) && URL.canParse(page);
  const asked = retryAfterSeconds ?? afterFailureSeconds;
  return {
    suggestedWindow: { start, end },
    ...(isPage ? { explanationUrl: page } : {}),
    retryAfterSeconds: Math.min(longestSeconds, Math.max(shortestSeconds, asked)),
  };
}

/** Ids come from stored files too: nothing but two base64url parts becomes part of a URL. */
function checkCertId(text: string): string {
  if (text.length <= 255 && /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/.test(text)) return text;
  throw new AcmeError('argumentInvalid', `"${text.slice(0, 100)}" is no certificate id of RFC 9773`);
}

function unavailable(cause: AcmeError): AcmeError {
  const passing = cause.code === 'network' || (cause instanceof AcmeProblem && (cause.status >= 500 || cause.status === 429));
  const asked = typeof cause.retry === 'object' ? cause.retry.afterSeconds : undefined;
  const afterSeconds = passing ? Math.max(shortestSeconds, Math.min(longestSeconds, asked ?? shortestSeconds)) : afterFailureSeconds;
  return new AcmeError('renewalInfoUnavailable', 'no renewal information from the ca', {
    cause,
    retry: { afterSeconds },
    hint: 'renewal goes on by the lifetime of the certificate',
  });
}
