// The renewalInfo resource (RFC 9773 §4): unsigned, cacheable, always with Retry-After.
import { Problem } from '../problem.ts';
import { findByCertId, suggestedWindow } from '../renewal-information.ts';
import type { CaResponse, Exchange } from './exchange.ts';
import { json, retryAfter, rfc3339 } from './respond.ts';

/** The suggested window of one certificate; 404 where the id names none of ours. */
export function readRenewalInfo({ ca, params }: Exchange): CaResponse {
  const certificate = findByCertId(ca, params['certId'] ?? '');
  if (certificate === undefined) throw new Problem('malformed', 'no certificate of this authority has this id', { status: 404 });
  const { endAt, explanationUrl, startAt } = suggestedWindow(certificate, ca.clock.now());
  return json(
    {
      suggestedWindow: { start: rfc3339(startAt), end: rfc3339(endAt) },
      ...(explanationUrl === undefined ? {} : { explanationURL: explanationUrl }),
    },
    { headers: retryAfter(Math.max(1, ca.retryAfterSeconds.renewalInfo)) },
  );
}
