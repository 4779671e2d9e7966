// Which options make the authority unfit for trust, and the sentences that say so. An unsafe option takes effect only when
// it is asked for twice: by itself and by its name in `allowUnsafe`.
import { isIP } from 'node:net';
import { CaError } from './errors.ts';
import type { HostileOptions } from './hostile.ts';
import type { NetworkValidatorOptions } from './validation/network-validator.ts';

/** The options that must be named. */
export type UnsafeOption = 'hostile' | 'skipValidation';

/** `intranet`: may be trusted by the machines it serves. `test`: must not be trusted by anything. */
export type CaMode = 'intranet' | 'test';

/** What is judged. */
export interface GuardedOptions {
  readonly allowUnsafe?: readonly UnsafeOption[] | undefined;
  readonly hostile?: HostileOptions | undefined;
  readonly skipValidation?: boolean | undefined;
  readonly validation?: NetworkValidatorOptions | undefined;
}

const unsafeMeaning: Readonly<Record<UnsafeOption, string>> = {
  hostile: 'hostile mode: requests are refused, delayed and lost on purpose',
  skipValidation: 'validation is skipped: every account gets a certificate for every name',
};

/** The mode, and everything a person should know about it. Throws `unsafeOptionUnnamed`. */
export function judgeOptions(options: GuardedOptions): { readonly mode: CaMode; readonly warnings: readonly string[] } {
  const { allowUnsafe = [], hostile, skipValidation, validation = {} } = options;
  const used: UnsafeOption[] = [...(hostile === undefined ? [] : ['hostile' as const]), ...(skipValidation === true ? ['skipValidation' as const] : [])];
  const unnamed = used.find((option) => !allowUnsafe.includes(option));
  if (unnamed !== undefined) {
    throw new CaError('unsafeOptionUnnamed', `option "${unnamed}" makes the authority unfit for trust and was not allowed by name`, {
      hint: `add "${unnamed}" to allowUnsafe if this authority is for tests only`,
    });
  }
  const { hosts, httpPort = 80, tlsPort = 443 } = validation;
  const warnings = [
    ...used.map((option) => unsafeMeaning[option]),
    ...(httpPort === 80 ? [] : [`http-01 is checked on port ${httpPort} instead of 80: whoever may listen there can prove control`]),
    ...(tlsPort === 443 ? [] : [`tls-alpn-01 is checked on port ${tlsPort} instead of 443: whoever may listen there can prove control`]),
    ...(hosts === undefined ? [] : ['some names resolve to fixed addresses instead of through DNS']),
  ];
  return { mode: used.length > 0 ? 'test' : 'intranet', warnings };
}

/** Throws `plainHttpBeyondLoopback` where requests would cross a network without TLS. */
export function checkPlainHttp(host: string): void {
  if (isLoopback(host)) return;
  throw new CaError('plainHttpBeyondLoopback', `plain http is served on loopback only, not on "${host}"`, { hint: 'switch TLS on, or listen on 127.0.0.1' });
}

/** True for addresses and names that never leave this machine. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}
