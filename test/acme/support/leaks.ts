// Makes a test file fail that leaves a process, a listener or a connection behind.
import { afterAll, beforeAll } from 'vitest';
import { type LeakWatch, watchForLeaks } from '@certward/testing';

/** Call it first in a file: hooks that end things are stacked, so the check then comes last. */
export function failOnLeaks(): void {
  let leaks: LeakWatch;
  beforeAll(() => {
    leaks = watchForLeaks();
  });
  afterAll(() => leaks.assertNone());
}
