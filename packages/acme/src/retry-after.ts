// The Retry-After header (RFC 9110 §10.2.3) in both its forms. Garbage and the past count as absent.

/** No wait that a server asks for is taken to be longer: a year of silence is a typo. */
const longestSeconds = 30 * 24 * 3_600;

// IMF-fixdate first; the two obsolete forms of RFC 9110 §5.6.7 are accepted because recipients must.
const httpDate = /^[A-Z][a-z]{2,8},? [\dA-Za-z :-]{10,40}( GMT)?$/;

/**
 * Seconds to wait, from a Retry-After value: a count, or the distance to an HTTP-date from `now`.
 * Undefined for garbage and negative counts; a date in the past is 0; clamped to 30 days.
 */
export function parseRetryAfter(value: string | undefined, now: Date): number | undefined {
  const text = value?.trim();
  if (text === undefined || text === '' || text.length > 64) return undefined;
  if (/^\d+$/.test(text)) return Math.min(Number(text), longestSeconds);
  if (!httpDate.test(text)) return undefined;
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) return undefined;
  return Math.min(longestSeconds, Math.max(0, Math.ceil((date.getTime() - now.getTime()) / 1000)));
}

/**
 * The instant that Let's Encrypt ends its rate limit texts with ("retry after 2026-01-02 03:04:05 UTC"), as seconds from
 * `now`: its edge sometimes strips the header.
 */
export function retryAfterInText(detail: string, now: Date): number | undefined {
  const found = /retry after (\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.\d+)? ?(?:UTC|Z)/.exec(detail);
  if (found === null) return undefined;
  const date = new Date(`${found[1]}T${found[2]}Z`);
  if (Number.isNaN(date.getTime())) return undefined;
  return Math.min(longestSeconds, Math.max(0, Math.ceil((date.getTime() - now.getTime()) / 1000)));
}
