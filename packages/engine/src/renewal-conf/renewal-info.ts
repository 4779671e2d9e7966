// `[acme_renewal_info]`: what we keep between runs about one certificate's renewal. Certbot (since 4.1) keeps its
// `ari_retry_after` there and leaves other keys alone; older versions carry the whole section along unread.
import type { AriChoice } from '../renewal/ari-choice.ts';
import type { RenewalFailures } from '../renewal/backoff.ts';
import type { ConfigSection } from '../configobj/section.ts';
import type { RenewalConf } from './renewal-conf.ts';

/** Name of the section. */
export const renewalInfoSection = 'acme_renewal_info';

/** The state of one certificate; failures are kept per directory URL. */
export interface RenewalState {
  readonly ari: AriChoice | undefined;
  readonly failures: ReadonlyMap<string, RenewalFailures>;
}

/** Our keys, apart from Certbot's, so that neither program misreads the other. */
const keys = {
  serial: 'certward_serial',
  instant: 'certward_renew_at',
  start: 'certward_window_start',
  end: 'certward_window_end',
  check: 'certward_next_check',
  url: 'certward_explanation_url',
  failures: 'certward_failures',
} as const;

const certbotKey = 'ari_retry_after';

/**
 * Reads the state of the certificate with that serial. What belongs to another certificate (somebody renewed in the
 * meantime) or cannot be read is as if it were not there: it is drawn again, which harms nobody.
 */
export function readRenewalState(conf: RenewalConf, serial: string): RenewalState {
  const section = conf.document.root.section(renewalInfoSection);
  if (section === undefined || section.getLiteral(keys.serial) !== serial) return { ari: undefined, failures: new Map() };
  return { ari: readChoice(section), failures: readFailures(section) };
}

/** Writes the state into the conf's document; an empty state removes our keys. Save it with `LineageStore.updateConf`. */
export function writeRenewalState(conf: RenewalConf, { serial, state }: { readonly serial: string; readonly state: RenewalState }): void {
  const { root } = conf.document;
  const { ari, failures } = state;
  if (ari === undefined && failures.size === 0 && root.section(renewalInfoSection) === undefined) return;
  const section = root.addSection(renewalInfoSection);
  const set = (key: string, value: string | undefined) => (value === undefined ? section.delete(key) : section.set(key, value));
  const isEmpty = ari === undefined && failures.size === 0;
  set(keys.serial, isEmpty ? undefined : serial);
  set(keys.instant, ari?.instant.toISOString());
  set(keys.start, ari?.window.start.toISOString());
  set(keys.end, ari?.window.end.toISOString());
  set(keys.check, ari?.nextCheckAt.toISOString());
  set(keys.url, ari?.explanationUrl === undefined ? undefined : harmless(ari.explanationUrl));
  if (ari !== undefined) section.set(certbotKey, naiveLocal(ari.nextCheckAt));
  if (failures.size === 0) section.delete(keys.failures);
  else section.set(keys.failures, [...failures].map(([server, { count, lastAt }]) => `${count} ${lastAt.toISOString()} ${harmless(server)}`));
}

function readChoice(section: ConfigSection): AriChoice | undefined {
  const [instant, start, end, nextCheckAt] = [keys.instant, keys.start, keys.end, keys.check].map((key) => parseInstant(section.getLiteral(key)));
  if (instant === undefined || start === undefined || end === undefined || nextCheckAt === undefined || end <= start) return undefined;
  const url = section.getLiteral(keys.url);
  return { window: { start, end }, instant, nextCheckAt, ...(typeof url === 'string' ? { explanationUrl: url } : {}) };
}

function readFailures(section: ConfigSection): ReadonlyMap<string, RenewalFailures> {
  const value = section.getLiteral(keys.failures) ?? [];
  const found = new Map<string, RenewalFailures>();
  for (const item of typeof value === 'string' ? [value] : value) {
    const match = /^(\d{1,6}) (\S+) (\S+)$/.exec(item);
    const lastAt = parseInstant(match?.[2]);
    if (match?.[3] !== undefined && lastAt !== undefined) found.set(match[3], { count: Number(match[1]), lastAt });
  }
  return found;
}

function parseInstant(value: unknown): Date | undefined {
  // Date would accept far more, such as "2" for a day in 2001.
  const instant = typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) ? new Date(value) : undefined;
  return instant === undefined || Number.isNaN(instant.getTime()) ? undefined : instant;
}

/** Certbot would take `%(…)s` for a name to replace and stumble over it; blanks and line breaks have no place in a URL either. */
function harmless(url: string): string {
  return url.replaceAll('%(', '%25(').replaceAll(/[\s\p{Cc}"']/gu, (character) => encodeURIComponent(character).replace("'", '%27'));
}

/** Local time without a zone, to the second: the form in which Certbot writes and reads it. */
function naiveLocal(date: Date): string {
  const part = (value: number) => String(value).padStart(2, '0');
  const day = [date.getFullYear(), part(date.getMonth() + 1), part(date.getDate())].join('-');
  return `${day}T${[date.getHours(), date.getMinutes(), date.getSeconds()].map(part).join(':')}`;
}
