// `renew_before_expiry`: an interval in English, as files from before 4.0 carry it.
import { StoreError } from '../files/errors.ts';

/** The words for each unit, in seconds; months and years as calendars average them would surprise, so 30 and 365 days. */
const unitSeconds: readonly (readonly [RegExp, number])[] = [
  [/^(?:s|secs?|seconds?)$/, 1],
  [/^(?:m|mins?|minutes?)$/, 60],
  [/^(?:h|hrs?|hours?)$/, 3600],
  [/^(?:d|days?|dys?)$/, 86_400],
  [/^(?:w|wks?|weeks?)$/, 7 * 86_400],
  [/^(?:mo|mths?|months?)$/, 30 * 86_400],
  [/^(?:y|yrs?|years?)$/, 365 * 86_400],
];

/**
 * Seconds of `30 days`, `6 weeks`, `3 days 12 hours`, `1 month and 2 days`; a bare number counts days.
 * Throws `confMalformed` for anything else.
 */
export function parseInterval(text: string): number {
  const words = text.trim().toLowerCase();
  if (/^\d+$/.test(words)) return Number(words) * 86_400;
  const pattern = /\s*(?:,|and\b)?\s*(\d+(?:\.\d+)?)\s*([a-z]+)/y;
  let seconds = 0;
  let at = 0;
  for (let match = pattern.exec(words); match !== null; match = pattern.exec(words)) {
    const unit = unitSeconds.find(([names]) => names.test(match?.[2] ?? ''));
    if (unit === undefined) break;
    seconds += Number(match[1]) * unit[1];
    at = pattern.lastIndex;
  }
  if (at !== words.length || at === 0) {
    throw new StoreError('confMalformed', `"${text}" is not an interval`, { hint: 'write it like "30 days" or "6 weeks"' });
  }
  return seconds;
}
