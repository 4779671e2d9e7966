// The one error type of this package. Whatever bytes or text come in, nothing else is thrown on their account.
import { AppError, type AppErrorOptions } from '@certward/base';

/** Every `code` a {@link PkiError} can have; each asks for a different remedy. */
export type PkiErrorCode =
  | 'base64Malformed'
  | 'derMalformed'
  | 'pemMalformed'
  | 'nameInvalid'
  | 'keyEncrypted'
  | 'keyMalformed'
  | 'keyUnsupported'
  | 'signatureUnsupported'
  | 'csrMalformed'
  | 'csrSignatureInvalid'
  | 'certificateMalformed'
  | 'certificateIncomplete'
  | 'certificateOptionInvalid'
  | 'jwkMalformed'
  | 'jwsMalformed';

/** Something about keys, names, certificates or signatures is not as it must be. */
export class PkiError extends AppError<PkiErrorCode> {
  override readonly name = 'PkiError';
}

/**
 * Runs `read` and turns what it throws into a {@link PkiError} with `code` and `message`, the original as its cause.
 * A `PkiError` with one of the `pass` codes goes through as it is.
 */
export function orPkiError<T>(
  read: () => T,
  failure: { readonly code: PkiErrorCode; readonly message: string; readonly pass?: readonly PkiErrorCode[] } & AppErrorOptions,
): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof PkiError && (error.code === failure.code || failure.pass?.includes(error.code))) throw error;
    throw new PkiError(failure.code, failure.message, { cause: error, hint: failure.hint, details: failure.details });
  }
}

/** User input as it may stand in a message: printable ASCII only, at most 100 characters. */
export function printable(text: string): string {
  const short = text.length > 100 ? `${text.slice(0, 97)}...` : text;
  return short.replace(/[^\x20-\x7e]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}
