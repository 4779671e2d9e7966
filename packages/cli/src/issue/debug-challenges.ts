// --debug-challenges: stops with everything in place, before the CA is asked to look.
import type { ChallengeToAnswer } from '@certward/engine';
import type { Context } from '../context.ts';
import { frameLine } from '../terminal/terminal.ts';

/** Shows what was put in place (with -v) and waits for Enter. */
export async function pauseForDebugging(challenges: readonly ChallengeToAnswer[], { terminal, questions, signal }: Context): Promise<void> {
  const shown = terminal.mode.verbosity > 0 ? `\n\nThe following challenges are in place:\n\n${challenges.map(describe).join('\n\n')}` : '';
  terminal.question(`\n${frameLine}\nChallenges loaded. Press continue to submit to CA.${shown}\n${frameLine}\n`);
  await questions.pause('Press Enter to Continue', { signal });
}

function describe({ type, identifier, token, recordName, validation }: ChallengeToAnswer): string {
  switch (type) {
    case 'http-01':
      return `URL: http://${identifier.value}/.well-known/acme-challenge/${token}\nExpected value: ${validation}`;
    case 'tls-alpn-01':
      return `TLS server name: ${identifier.value}\nKey authorization: ${validation}`;
    default:
      return `FQDN: ${recordName}\nExpected value: ${validation}`;
  }
}
