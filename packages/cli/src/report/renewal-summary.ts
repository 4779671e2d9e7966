// The end of `renew`: what was renewed, what was not due, what failed. Wording as Certbot's; scripts grep it.
import { frameLine, type Terminal } from '../terminal/terminal.ts';

/** What became of each lineage, as display lines: paths with what is said about them. */
export interface RenewalOutcomes {
  readonly succeeded: readonly string[];
  readonly failed: readonly string[];
  /** `PATH expires on DATE` */
  readonly notDue: readonly string[];
  /** Those that wait after failures; like {@link RenewalOutcomes.notDue}, with the time of the next attempt. */
  readonly waiting: readonly string[];
  readonly invalid: readonly string[];
  readonly dryRun: boolean;
  /** A hook is configured somewhere, so that its silence needs a word. */
  readonly hooksConfigured: boolean;
}

/** Prints the summary. */
export function reportRenewals(outcomes: RenewalOutcomes, terminal: Terminal): void {
  const { succeeded, failed, notDue, waiting, invalid, dryRun, hooksConfigured } = outcomes;
  const noun = dryRun ? 'simulated renewal' : 'renewal';
  const listed = (lines: readonly string[], outcome: string) => lines.map((line) => `  ${line} (${outcome})`).join('\n');
  terminal.result(`\n${frameLine}`);
  if (notDue.length > 0) {
    terminal.result(`The following certificates are not due for renewal yet:\n${listed(notDue, 'skipped')}`);
  }
  if (waiting.length > 0) {
    terminal.result(`The following certificates wait after failed renewals (--force-renewal does not):\n${listed(waiting, 'waiting')}`);
  }
  if (succeeded.length === 0 && failed.length === 0) {
    terminal.result(`No ${noun}s were attempted.`);
    if (hooksConfigured) terminal.result('No hooks were run.');
  } else if (failed.length === 0) {
    terminal.result(`Congratulations, all ${noun}s succeeded: \n${listed(succeeded, 'success')}`);
  } else if (succeeded.length === 0) {
    terminal.error(`All ${noun}s failed. The following certificates could not be renewed:\n${listed(failed, 'failure')}`);
  } else {
    terminal.result(`The following ${noun}s succeeded:\n${listed(succeeded, 'success')}\n`);
    terminal.error(`The following ${noun}s failed:\n${listed(failed, 'failure')}`);
  }
  if (invalid.length > 0) {
    terminal.result(`\nAdditionally, the following renewal configurations were invalid: \n${listed(invalid, 'parsefail')}`);
  }
  terminal.result(frameLine);
}
