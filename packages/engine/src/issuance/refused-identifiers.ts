// Which of the ordered names an error is about.
import { AcmeProblem, type Problem } from '@certward/acme';
import { identifierKey, type Identifier } from '@certward/pki';
import { ValidationError } from './errors.ts';
import type { DroppedIdentifier } from './request.ts';

/** The names that `error` blames; empty when it blames none of them or is not about names at all. */
export function refusedIdentifiers(error: unknown, ordered: readonly Identifier[]): readonly DroppedIdentifier[] {
  const known = new Map(ordered.map((identifier) => [identifierKey(identifier), identifier]));
  return blamed(error).flatMap(({ identifier, problemType, detail }) => {
    const name = known.get(identifierKey(identifier));
    return name === undefined ? [] : [{ identifier: name, problemType, detail }];
  });
}

function blamed(error: unknown): readonly Required<DroppedIdentifier>[] {
  if (error instanceof ValidationError) return error.failures;
  if (!(error instanceof AcmeProblem)) return [];
  const { problem } = error;
  return (problem.subproblems.length > 0 ? problem.subproblems : [problem]).flatMap(blamedBy);
}

function blamedBy({ type, identifier, detail }: Problem): readonly Required<DroppedIdentifier>[] {
  return identifier === undefined ? [] : [{ identifier, problemType: type, detail }];
}
