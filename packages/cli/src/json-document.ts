// The document that `--json` prints. Its schema only grows; `schema` counts up when something is taken away or changes.
import { AppError, describeError, hintsOf } from '@certward/base';
import type { Verb } from './args/verbs.ts';

/** The version of the document's schema. */
export const jsonSchemaVersion = 1;

/** What is printed. */
export interface JsonDocument {
  readonly schema: typeof jsonSchemaVersion;
  readonly verb: Verb | null;
  readonly ok: boolean;
  readonly result?: Readonly<Record<string, unknown>> | undefined;
  readonly error?: JsonError | undefined;
  readonly warnings: readonly string[];
}

/** An error for machines; `code` is stable, `message` is for people. */
export interface JsonError {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
}

/** The machine's view of an error. */
export function jsonError(error: unknown): JsonError {
  const hint = hintsOf(error).join('\n');
  const own = error instanceof AppError ? error : undefined;
  return {
    code: own?.code ?? 'unexpected',
    message: describeError(error),
    hint: hint === '' ? null : hint,
    details: own === undefined || Object.keys(own.details).length === 0 ? undefined : own.details,
  };
}
