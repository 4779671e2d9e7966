// Web servers and other programs that certificates go to. A folder each; checkpoint/ is what they share.

// checkpoints, and what every installer shares
export { type Checkpoints, type CheckpointsOptions, openCheckpoints, type RecordOptions } from './checkpoint/checkpoints.ts';
export { CheckpointError, type CheckpointErrorCode } from './checkpoint/errors.ts';
export type { CheckpointSummary } from './checkpoint/finalized.ts';
export { unifiedDiff } from './checkpoint/diff.ts';
