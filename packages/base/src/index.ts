// The closed list of things every package may use. Think twice before adding to it.
export { type Clock, systemClock } from './clock.ts';
export { type Random, systemRandom } from './random.ts';
export { AppError, type AppErrorOptions, type Retry, describeError, hintsOf } from './errors.ts';
export { deadline, isAbort, neverSignal, TimeoutError, withDeadline } from './abort.ts';
export { type Log, type LogFields, silentLog } from './log.ts';
export { Secret } from './secret.ts';
export { backoffDelay, type RetryOptions, retry } from './retry.ts';
export { mapConcurrent } from './concurrent.ts';
export { assertNever } from './assert-never.ts';
