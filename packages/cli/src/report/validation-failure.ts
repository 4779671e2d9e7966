// The block that says which names the CA refused and why. Shape as Certbot's.
import { hintsOf } from '@certward/base';
import type { ValidationFailure } from '@certward/engine';
import type { Terminal } from '../terminal/terminal.ts';

/** Prints the block for the failures of one attempt; `error` carries the authenticators' advice. */
export function reportValidationFailures(
  failures: readonly ValidationFailure[],
  { terminal, program, error }: { readonly terminal: Terminal; readonly program: string; readonly error: unknown },
): void {
  const authenticators = [...new Set(failures.map(({ authenticator }) => authenticator))].join(', ');
  const name = program === 'certbot' ? 'Certbot' : 'Certward';
  const blocks = failures.map(({ identifier, problemType, detail }) => `  Identifier: ${identifier.value}\n  Type:   ${problemType}\n  Detail: ${detail}\n`);
  const heading = `\n${name} failed to authenticate some domains (authenticator: ${authenticators}). The Certificate Authority reported these problems:`;
  const hints = hintsOf(error).map((hint) => `Hint: ${hint}\n`);
  const text = [heading, ...blocks, ...hints].join('\n');
  // A result, as with Certbot; but nobody who sees no results shall miss it.
  if (terminal.mode.quiet || terminal.mode.json) terminal.error(text);
  else terminal.result(text);
}
