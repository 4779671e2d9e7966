// An authority for this package's tests: no sockets, the test's own clock, and a validator that does as told.
import { type Clock, systemRandom } from '@certward/base';
import { Authority } from '../authority/authority.ts';
import { createMemoryCredentials } from '../authority/credential-folder.ts';
import { type Ca, type CaOptions, createCa } from '../create-ca.ts';
import { createMemoryStore } from '../store/memory.ts';
import type { Store } from '../store/store.ts';
import type { ValidationRequest, Validator } from '../validation/validator.ts';

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
  readonly store: Store;
  readonly validator: ScriptedValidator;
  readonly authority: Authority;
}

/** How a test authority differs from the default one. */
export type TestCaOptions = Partial<CaOptions> & { readonly clock: Clock; readonly roots?: number };

/** Makes a test authority on `https://ca.test`. */
export async function createTestCa(options: TestCaOptions): Promise<TestCa> {
  const { clock } = options;
  const validator = new ScriptedValidator();
  const store = options.store ?? createMemoryStore();
  const authority = options.authority ?? (await openTestAuthority(clock, options.roots));
  const ca = createCa({ publicUrl: 'https://ca.test', validator, ...options, store, authority });
  return { ...ca, store, validator, authority };
}

/** Fresh keys in memory. */
export async function openTestAuthority(clock: Clock, roots = 1): Promise<Authority> {
  const key = { type: 'ecdsa', curve: 'P-256' } as const;
  return await Authority.open({ credentials: createMemoryCredentials(), clock, random: systemRandom, name: 'Test CA', key, roots });
}
