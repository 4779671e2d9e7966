// The parser's one error.
import { StoreError } from '../files/errors.ts';

/** `confMalformed`; `line` counts from 1. */
export function malformed(problem: string, line: number): StoreError {
  return new StoreError('confMalformed', `${problem} in line ${line}`, {
    details: { line },
    hint: 'correct that line; values with quotes, commas or "#" need quotes around them',
  });
}
