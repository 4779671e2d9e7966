// What a person sees and the log gets of an issuance while it runs.
import { assertNever } from '@certward/base';
import type { IssuanceEvent, IssuanceListener } from '@certward/engine';
import type { Context } from '../context.ts';

/** A listener that writes to the log and the progress line. */
export function createListener({ log, terminal }: Pick<Context, 'log' | 'terminal'>): IssuanceListener {
  return (event) => {
    log.debug('issuance', { event });
    const text = describe(event);
    if (text === undefined) return;
    if (event.type === 'cleanup.failed') terminal.warning(text);
    else if (terminal.mode.verbosity > 0) terminal.notice(text);
    else terminal.progress(text);
  };
}

function describe(event: IssuanceEvent): string | undefined {
  switch (event.type) {
    case 'step.started':
    case 'propagation.progress':
      return event.message;
    case 'cleanup.failed':
      return `could not clean up: ${event.message}`;
    case 'order.created':
      return event.resumed ? 'Going on with an earlier order' : 'Order created';
    case 'challenge.presented':
      return `Performing the ${event.challengeType} challenge for ${event.identifier.value}`;
    case 'challenge.responded':
      return `Waiting for the verification of ${event.identifier.value}`;
    case 'authorization.valid':
      return `${event.identifier.value} is verified`;
    case 'authorization.failed':
    case 'certificate.obtained':
      return undefined;
    default:
      return assertNever(event);
  }
}
