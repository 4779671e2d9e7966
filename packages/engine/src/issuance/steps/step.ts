// The shape of a step. An issuance is a list of these, see run-steps.ts.
import type { IssuanceStep } from '../../ports.ts';
import type { Attempt } from '../attempt.ts';

/** A named, resumable part of an issuance: run again after a crash, it finds what is done already and does the rest. */
export interface Step {
  readonly name: IssuanceStep;
  /** What a person reads while it runs. */
  readonly message: string;
  run(attempt: Attempt): Promise<void>;
  /** Takes back what may be taken back after `error`, whether or not `run` got to its end. Best effort, never throws. */
  undo?(attempt: Attempt, error: unknown): Promise<void>;
}
