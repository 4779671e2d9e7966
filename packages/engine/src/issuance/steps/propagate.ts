// Step `propagate`: wait until the CA can see what was presented.
import { byAuthenticator } from '../group.ts';
import { sideBySide } from '../side-by-side.ts';
import type { Step } from './step.ts';

/** Waits for every authenticator that knows how to look. */
export const propagateStep: Step = {
  name: 'propagate',
  message: 'waiting until the proof is visible',
  async run(attempt) {
    const waits = [...byAuthenticator(attempt.tasks)].map(([authenticator, group]) => async (signal: AbortSignal) => {
      const presented = group.map(({ toAnswer, handle }) => ({ challenge: toAnswer, handle }));
      await authenticator.waitUntilReady?.(presented, {
        signal,
        onProgress: (message) => attempt.emit({ type: 'propagation.progress', message }),
      });
    });
    await sideBySide(waits, attempt.signal);
  },
};
