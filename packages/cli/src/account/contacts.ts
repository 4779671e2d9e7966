// Contact addresses of an account: what --email says, and how they are shown.
import { cliError } from '../errors.ts';

/** The contact URLs for `--email`; none for an empty text. Throws `argumentInvalid` for what is no address. */
export function contactsOf(email: string | undefined): readonly string[] {
  if (email === undefined || email.trim() === '') return [];
  return email.split(',').map((part) => {
    const address = part.trim();
    // The CA decides what it takes; this only catches slips that would travel there and come back as a riddle.
    if (/^[^\s@,;<>]+@[^\s@,;<>]+\.[^\s@,;<>]+$/.test(address) && /^[\x21-\x7E]+$/.test(address)) return `mailto:${address}`;
    throw cliError('argumentInvalid', `"${address}" is not an e-mail address`, { hint: 'write it as you@example.com, several separated by commas' });
  });
}

/** `a@x, b@x` */
export function shownContacts(contacts: readonly string[]): string {
  return contacts.map((contact) => contact.replace(/^mailto:/, '')).join(', ');
}
