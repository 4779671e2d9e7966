// Reads presentation handles back. They come from our own journal, yet a damaged file must give our error, not a wild path.
import type { Json, PresentationHandle } from '../ports.ts';
import { AuthenticatorError } from './authenticator-error.ts';

/** A handle as the object it must be. */
export type HandleObject = { readonly [key: string]: Json };

/** The handle as an object; throws `handleMalformed` for anything else. */
export function handleObject(handle: PresentationHandle): HandleObject {
  if (typeof handle === 'object' && handle !== null && !Array.isArray(handle)) return handle as HandleObject;
  throw malformed('object');
}

/** A string member of a handle; throws `handleMalformed` when it is missing. */
export function handleText(handle: HandleObject, member: string): string {
  const value = handle[member];
  if (typeof value === 'string') return value;
  throw malformed(member);
}

/** A list of strings in a handle; throws `handleMalformed` when it is missing. */
export function handleTexts(handle: HandleObject, member: string): readonly string[] {
  const value = handle[member];
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value;
  throw malformed(member);
}

function malformed(member: string): AuthenticatorError {
  return new AuthenticatorError('handleMalformed', `presentation handle is damaged at "${member}"`, {
    hint: 'remove the challenge by hand if it is still there; the journal entry is unusable',
  });
}
