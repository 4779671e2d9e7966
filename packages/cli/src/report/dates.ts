// Dates and lifetimes as Certbot prints them. Instants are shown in UTC.

const dayMs = 86_400_000;
const hourMs = 3_600_000;

/** `2027-02-18` */
export function formatDay(at: Date): string {
  return at.toISOString().slice(0, 10);
}

/** `2027-02-18 14:12:01+00:00` */
export function formatInstant(at: Date): string {
  return `${at.toISOString().slice(0, 19).replace('T', ' ')}+00:00`;
}

/** Certificates are valid to the end of `notAfter`'s second, so equality is not yet expired. */
export function isExpired(notAfter: Date, now: Date): boolean {
  return now.getTime() >= notAfter.getTime() + 1000;
}

/** `VALID: 89 days`, `VALID: 1 day`, `VALID: 5 hour(s)` */
export function formatRemaining(notAfter: Date, now: Date): string {
  const left = notAfter.getTime() - now.getTime();
  const days = Math.floor(left / dayMs);
  if (days === 1) return 'VALID: 1 day';
  if (days < 1) return `VALID: ${Math.max(0, Math.floor(left / hourMs))} hour(s)`;
  return `VALID: ${days} days`;
}
