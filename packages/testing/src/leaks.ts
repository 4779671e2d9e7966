// Finds what a test left open: processes it started, listening sockets, connections, file watchers.
import { getActiveResourcesInfo } from 'node:process';
import { TestbedError } from './errors.ts';
import { liveProcesses } from './process.ts';
import { waitUntil } from './wait.ts';

/** Compares the state before with the state after; see {@link watchForLeaks}. */
export interface LeakWatch {
  /**
   * Resolves when nothing is left over since the watch began; throws `leak` naming what is. Waits up to `graceMs`
   * (default 1 s), because a closed socket needs a turn or two to go.
   */
  assertNone(options?: { readonly graceMs?: number }): Promise<void>;
}

/** Kinds of handles that keep a program running and that a test has to close; the runner's own timers are none of them. */
const watchedKinds = new Set(['TCPServerWrap', 'TCPSocketWrap', 'UDPWrap', 'PipeServerWrap', 'ProcessWrap', 'FSEventWrap', 'StatWatcher']);

/** Begins a watch. Call it in `beforeEach` and `assertNone` in `afterEach`. */
export function watchForLeaks(): LeakWatch {
  const before = state();
  return {
    async assertNone({ graceMs = 1_000 } = {}) {
      let left = leftOver(before);
      const gone = () => {
        left = leftOver(before);
        return left.length === 0;
      };
      await waitUntil(gone, { what: 'the end of everything the test opened', timeoutMs: graceMs }).catch((cause: unknown) => {
        throw new TestbedError('leak', `left open: ${left.join(', ')}`, { cause });
      });
    },
  };
}

function state(): Map<string, number> {
  const kinds = getActiveResourcesInfo().filter((kind) => watchedKinds.has(kind));
  const counts = new Map<string, number>();
  for (const one of [...kinds, ...liveProcesses()]) counts.set(one, (counts.get(one) ?? 0) + 1);
  return counts;
}

function leftOver(before: ReadonlyMap<string, number>): string[] {
  return [...state()].filter(([kind, count]) => count > (before.get(kind) ?? 0)).map(([kind, count]) => `${count - (before.get(kind) ?? 0)} ${kind}`);
}
