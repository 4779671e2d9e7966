// The listing of `certificates`. Shape and labels as Certbot's; `Identifiers:` is today's label.
import { frameLine, type Terminal } from '../terminal/terminal.ts';
import { formatInstant, formatRemaining } from './dates.ts';

/** One certificate as listed. */
export interface ListedCertificate {
  readonly name: string;
  readonly serial: string;
  readonly keyType: string;
  readonly identifiers: readonly string[];
  readonly notAfter: Date;
  /** Why it does not count as valid: TEST_CERT, EXPIRED, REVOKED. */
  readonly flaws: readonly string[];
  readonly certificatePath: string;
  readonly privateKeyPath: string;
}

/** What there is to list. */
export interface CertificateListing {
  readonly certificates: readonly ListedCertificate[];
  /** Paths of configurations that cannot be used. */
  readonly invalid: readonly string[];
  readonly filtered: boolean;
  /** There are certificates, although the filter may have left none. */
  readonly anyReadable: boolean;
  /** In front of the names. */
  readonly label: string;
}

/** Prints the listing. */
export function reportCertificates({ certificates, invalid, filtered, anyReadable, label }: CertificateListing, { terminal, now }: { readonly terminal: Terminal; readonly now: Date }): void {
  const parts: string[] = [];
  if (!anyReadable && invalid.length === 0) parts.push('No certificates found.');
  if (anyReadable) {
    parts.push(`Found the following ${filtered ? 'matching ' : ''}certs:`, ...certificates.map((one) => describe(one, { now, label })));
  }
  if (invalid.length > 0) {
    parts.push('\nThe following renewal configurations were invalid:', ...invalid.map((file) => `  ${file}`));
  }
  terminal.result(`\n${frameLine}\n${parts.join('\n')}\n${frameLine}`);
}

function describe(one: ListedCertificate, { now, label }: { readonly now: Date; readonly label: string }): string {
  const validity = one.flaws.length > 0 ? `INVALID: ${one.flaws.join(', ')}` : formatRemaining(one.notAfter, now);
  return [
    `  Certificate Name: ${one.name}`,
    `    Serial Number: ${one.serial}`,
    `    Key Type: ${one.keyType}`,
    `    ${label}: ${one.identifiers.join(' ')}`,
    `    Expiry Date: ${formatInstant(one.notAfter)} (${validity})`,
    `    Certificate Path: ${one.certificatePath}`,
    `    Private Key Path: ${one.privateKeyPath}`,
  ].join('\n');
}
