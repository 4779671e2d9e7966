// What is said when a certificate was obtained: where it lies, until when it is good, what remains to be done.
import { frameLine, type Terminal } from '../terminal/terminal.ts';
import { formatDay } from './dates.ts';

/** A certificate that was just saved. */
export interface IssuedReport {
  readonly fullchainPath: string;
  /** Absent when the key is somebody else's (`--csr`). */
  readonly privkeyPath: string | undefined;
  readonly notAfter: Date;
  /** The certificate will be renewed without people. */
  readonly renewable: boolean;
  /** A packager has set up a timer, says cli.ini. */
  readonly preconfiguredRenewal: boolean;
  /** Sentences under NEXT STEPS. */
  readonly nextSteps: readonly string[];
  readonly program: string;
}

/** Prints the success text; the lines that scripts match on are Certbot's. */
export function reportIssued(report: IssuedReport, terminal: Terminal): void {
  reportSaved(report, terminal);
  reportNextSteps(report, terminal);
}

/** The first half of {@link reportIssued}: where the files are. */
export function reportSaved({ fullchainPath, privkeyPath, notAfter, renewable, preconfiguredRenewal, program }: IssuedReport, terminal: Terminal): void {
  const lines = ['', 'Successfully received certificate.', `Certificate is saved at: ${fullchainPath}`];
  if (privkeyPath !== undefined) lines.push(`Key is saved at:         ${privkeyPath}`);
  lines.push(`This certificate expires on ${formatDay(notAfter)}.`);
  if (renewable) lines.push('These files will be updated when the certificate renews.');
  if (renewable && preconfiguredRenewal) {
    lines.push(`${program === 'certbot' ? 'Certbot' : 'This system'} has set up a scheduled task to automatically renew this certificate in the background.`);
  }
  terminal.result(lines.join('\n'));
}

/** The second half of {@link reportIssued}: what remains to be done. */
export function reportNextSteps({ nextSteps, renewable, preconfiguredRenewal, program }: IssuedReport, terminal: Terminal): void {
  const steps = [...nextSteps];
  if (renewable && !preconfiguredRenewal) {
    steps.push(`The certificate will need to be renewed before it expires: let a timer run \`${program} renew\` twice a day.`);
  }
  if (steps.length > 0) terminal.result(`\nNEXT STEPS:\n${steps.map((step) => `- ${step}`).join('\n')}`);
  terminal.result(frameLine);
}

/** Prints where the three files of a `--csr` run lie. */
export function reportCsrIssued(paths: { readonly cert: string; readonly chain: string; readonly fullchain: string }, notAfter: Date, terminal: Terminal): void {
  terminal.result(
    [
      '',
      'Successfully received certificate.',
      `Certificate is saved at:            ${paths.cert}`,
      `Intermediate CA chain is saved at:  ${paths.chain}`,
      `Full certificate chain is saved at: ${paths.fullchain}`,
      `This certificate expires on ${formatDay(notAfter)}.`,
      '',
      'NEXT STEPS:',
      '- Certificates created using --csr will not be renewed automatically. You will need to renew the certificate before it expires, by running the same command again.',
      frameLine,
    ].join('\n'),
  );
}
