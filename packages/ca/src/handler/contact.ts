// Contact URLs of an account (RFC 8555 §7.3): only mailto:, one plain address each.
import { Problem } from '../problem.ts';
import { type JsonObject, optionalArray } from './payload.ts';

const maxContacts = 10;
const maxContactLength = 320;
/** One ASCII address: no header fields, no list, no quoting. */
const addressPattern = /^[\w.!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/;

/** The contacts of a payload. Throws `unsupportedContact` for another scheme, `invalidContact` for a bad address. */
export function checkContacts(payload: JsonObject): readonly string[] {
  return (optionalArray(payload, 'contact', maxContacts) ?? []).map(checkContact);
}

function checkContact(contact: unknown): string {
  if (typeof contact !== 'string') throw new Problem('malformed', '"contact" must be an array of strings');
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(contact)?.[1];
  if (scheme === undefined) throw new Problem('invalidContact', 'a contact has to be a URL such as mailto:admin@example.org');
  if (scheme.toLowerCase() !== 'mailto') {
    throw new Problem('unsupportedContact', `contact scheme "${scheme}" is not supported, only mailto is`);
  }
  const address = contact.slice('mailto:'.length);
  if (contact.length > maxContactLength || !addressPattern.test(address) || address.includes('..')) {
    throw new Problem('invalidContact', 'a mailto contact has to hold one plain address');
  }
  return contact;
}
