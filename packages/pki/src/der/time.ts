// Instants in certificates: UTCTime up to 2049, GeneralizedTime beyond, whole seconds in UTC (RFC 5280 §4.1.2.5).
import { PkiError } from '../errors.ts';
import { tags } from './tags.ts';

/** The instant behind the content octets of a UTCTime or GeneralizedTime. Throws `derMalformed` for any other form. */
export function decodeTime(tag: number, bytes: Uint8Array, start: number, end: number): Date {
  const yearDigits = tag === tags.utcTime ? 2 : tag === tags.generalizedTime ? 4 : 0;
  const length = end - start;
  if (yearDigits === 0 || length !== yearDigits + 11 || bytes[end - 1] !== 0x5a) throw malformedTime();
  let year = yearDigits === 4 ? twoDigits(bytes, start) * 100 + twoDigits(bytes, start + 2) : twoDigits(bytes, start);
  // RFC 5280 §4.1.2.5.1: a two-digit year of 50 and above lies in the 20th century.
  if (yearDigits === 2) year += year >= 50 ? 1900 : 2000;
  const at = start + yearDigits;
  const month = twoDigits(bytes, at);
  const day = twoDigits(bytes, at + 2);
  const hour = twoDigits(bytes, at + 4);
  const minute = twoDigits(bytes, at + 6);
  const second = twoDigits(bytes, at + 8);
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  // Date.UTC takes years 0 to 99 for 1900 to 1999; the example certificate of RFC 9773 is from the year 1.
  if (year < 100) date.setUTCFullYear(year, month - 1, day);
  const isReal = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  if (!isReal) throw malformedTime();
  return date;
}

function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = (bytes[at] ?? 0) - 0x30;
  const ones = (bytes[at + 1] ?? 0) - 0x30;
  if (tens < 0 || tens > 9 || ones < 0 || ones > 9) throw malformedTime();
  return tens * 10 + ones;
}

function malformedTime(): PkiError {
  return new PkiError('derMalformed', 'time is not of the form that RFC 5280 §4.1.2.5 asks for');
}

/** Tag and text of `date` in the form RFC 5280 §4.1.2.5 prescribes for its year; parts of a second are dropped. */
export function encodeTime(date: Date): { readonly tag: number; readonly text: string } {
  const year = date.getUTCFullYear();
  if (Number.isNaN(year) || year < 0 || year > 9999) throw new PkiError('derMalformed', 'time lies outside the years 0 to 9999');
  const digits = date.toISOString().replaceAll(/[-:T]|\.\d+/g, '');
  return year >= 1950 && year < 2050 ? { tag: tags.utcTime, text: digits.slice(2) } : { tag: tags.generalizedTime, text: digits };
}
