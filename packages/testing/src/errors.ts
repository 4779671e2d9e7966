// What can go wrong in the test-bed itself, as opposed to in what is tested.
import { AppError, type AppErrorOptions } from '@certward/base';

/** Codes of {@link TestbedError}. */
export type TestbedErrorCode =
  | 'programMissing'
  | 'processFailed'
  | 'notReady'
  | 'portMissing'
  | 'scriptMalformed'
  | 'peerRefused'
  /** A server of the test-bed locked itself up: start anew, it says nothing about what is tested. */
  | 'peerWedged'
  | 'leak';

/** The test-bed could not do what a test asked of it. */
export class TestbedError extends AppError<TestbedErrorCode> {
  override readonly name = 'TestbedError';
  constructor(code: TestbedErrorCode, message: string, options: AppErrorOptions = {}) {
    super(code, message, options);
  }
}
