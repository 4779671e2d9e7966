// An authority for this package's tests: no sockets, a clock that stands still until moved, and a validator that does as told.
import { type Clock, type Random, systemRandom } from '@certward/base';
import { Authority } from '../authority/authority.ts';
import { createMemoryCredentials } from '../authority/credential-folder.ts';
import { type Ca, type CaOptions, createCa } from '../create-ca.ts';
import { createMemoryStore } from '../store/memory.ts';
import type { Store } from '../store/store.ts';
import type { ValidationRequest, Validator } from '../validation/validator.ts';

/** A clock that only moves when told. Sleeps end when the clock passes their end. */
export class TestClock implements Clock {
  #nowMs: number;
  #sleepers: { readonly untilMs: number; readonly wake: () => void }[] = [];

  constructor(start = '2026-11-20T12:00:00Z') {
    this.#nowMs = new Date(start).getTime();
  }

  now(): Date {
    return new Date(this.#nowMs);
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  sleep(ms: number, { signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#sleepers.push({ untilMs: this.#nowMs + ms, wake: resolve });
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
  }

  /** Moves time on and wakes who slept long enough. */
  advance(ms: number): void {
    this.#nowMs += ms;
    const due = this.#sleepers.filter(({ untilMs }) => untilMs <= this.#nowMs);
    this.#sleepers = this.#sleepers.filter(({ untilMs }) => untilMs > this.#nowMs);
    for (const { wake } of due) wake();
  }
}

/** Repeatable randomness (xorshift); good enough for tests, for nothing else. */
export function seededRandom(seed: number): Random {
  let state = seed | 1;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  return { fraction: next, bytes: (count) => Uint8Array.from({ length: count }, () => Math.floor(next() * 256)) };
}

/** A validator whose verdict the test sets: undefined proves everything. */
export class ScriptedValidator implements Validator {
  readonly requests: ValidationRequest[] = [];
  verdict: ((request: ValidationRequest) => Promise<void> | void) | undefined;

  async validate(request: ValidationRequest): Promise<void> {
    this.requests.push(request);
    await this.verdict?.(request);
  }
}

/** An authority with the parts a test may want to reach. */
export interface TestCa extends Ca {
  readonly clock: TestClock;
  readonly store: Store;
  readonly validator: ScriptedValidator;
  readonly authority: Authority;
}

/** Makes a test authority. Keys are made once per number of roots: making them is the slow part. */
export async function createTestCa(options: Partial<CaOptions> & { readonly roots?: number } = {}): Promise<TestCa> {
  const clock = new TestClock();
  const validator = new ScriptedValidator();
  const store = options.store ?? createMemoryStore();
  const authority =
    options.authority ??
    (await Authority.open({
      credentials: createMemoryCredentials(),
      clock,
      random: systemRandom,
      name: 'Test CA',
      key: { type: 'ecdsa', curve: 'P-256' },
      roots: options.roots ?? 1,
    }));
  const ca = createCa({ publicUrl: 'https://ca.test', clock, ...options, store, authority, validator: options.validator ?? validator });
  return { ...ca, clock, store, validator, authority, [Symbol.asyncDispose]: () => ca[Symbol.asyncDispose]() };
}
