// Names that a certificate may be asked for: what Certbot accepts (the CA may be stricter), minus everything that could
// turn into a path, an option or a shell word further down. Only letters, digits, "-", "_", "." and a leading "*." pass.
import { domainToASCII } from 'node:url';
import { PkiError, printable } from '../errors.ts';
import { tryParseIp } from './ip-address.ts';

/** How {@link parseDnsName} treats names outside ASCII. */
export interface DnsNameOptions {
  /** Convert U-labels to A-labels (Punycode) instead of refusing them. Default false, as Certbot. */
  readonly allowUnicode?: boolean;
}

/**
 * The lower-case form of a host name, without a final dot; `*.` may stand in front.
 * Throws `nameInvalid`, with a hint, for URLs, IP addresses, empty or overlong labels, names over 253 characters,
 * misplaced wildcards, and characters that do not belong in a host name.
 */
export function parseDnsName(text: string, options: DnsNameOptions = {}): string {
  // A limit before anything else looks at the text: everything below may assume it is short.
  if (text.length > 1_024) throw invalid(`requested domain "${printable(text)}" is not a FQDN because it is too long`);
  checkUrl(text);
  const ascii = toAscii(text, options).toLowerCase();
  const name = ascii.endsWith('.') ? ascii.slice(0, -1) : ascii;
  if (tryParseIp(name) !== undefined) {
    throw invalid(`requested name "${name}" is an IP address`, 'ask for an IP address as such (--ip-address), not as a domain');
  }
  const base = name.startsWith('*.') ? name.slice(2) : name;
  checkWildcard(name, base);
  checkCharacters(name, base);
  checkLabels(name, base);
  return name;
}

function invalid(message: string, hint?: string): PkiError {
  return new PkiError('nameInvalid', message, { hint });
}

function checkUrl(text: string): void {
  const scheme = /^(https?):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) return;
  throw invalid(`requested name "${printable(text)}" appears to be a URL, not a FQDN. Try again without the leading "${scheme}://"`);
}

function toAscii(text: string, options: DnsNameOptions): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  if (options.allowUnicode !== true) {
    throw invalid(
      `requested name "${printable(text)}" is not ASCII: Non-ASCII domain names not supported. To issue for an Internationalized Domain Name, use Punycode`,
      'write each label in its xn-- form',
    );
  }
  // domainToASCII also decodes percent signs and number forms of IPv4; neither is a name that somebody typed on purpose.
  const [star, base] = text.startsWith('*.') ? ['*.', text.slice(2)] : ['', text];
  const ascii = /^[a-z0-9._\u{80}-\u{10ffff}-]*$/iu.test(base) ? domainToASCII(base) : '';
  if (ascii === '') throw invalid(`requested name "${printable(text)}" cannot be written as Punycode`);
  return star + ascii;
}

function checkWildcard(name: string, base: string): void {
  if (!base.includes('*')) return;
  throw invalid(
    `requested domain "${printable(name)}" has a wildcard in the wrong place: only the leftmost label can be "*", once`,
    'a wildcard name looks like "*.example.com"',
  );
}

function checkCharacters(name: string, base: string): void {
  if (/^[a-z0-9._-]*$/.test(base)) return;
  const hint = /[:/]/.test(base) ? 'give the host name alone, without port or path' : undefined;
  throw invalid(`"${printable(name)}" contains an invalid character. Valid characters are A-Z, a-z, 0-9, ., and -`, hint);
}

/** Lengths of RFC 2181 §11: labels of 1 to 63 octets, 255 octets on the wire, which leaves 253 characters of text. */
function checkLabels(name: string, base: string): void {
  const because = `requested domain "${printable(name)}" is not a FQDN because`;
  const labels = base.split('.');
  if (labels.includes('')) throw invalid(`${because} it contains an empty label`);
  const long = labels.find((label) => label.length > 63);
  if (long !== undefined) throw invalid(`${because} label ${long} is too long`);
  if (name.length > 253) throw invalid(`${because} it is too long`);
  // A hyphen in front would pass for an option in a hook's argument list; behind, no CA takes it.
  const hyphenated = labels.find((label) => label.startsWith('-') || label.endsWith('-'));
  if (hyphenated === undefined) return;
  const where = hyphenated.startsWith('-') ? 'start' : 'end';
  throw invalid(`label "${hyphenated}" in domain "${printable(name)}" cannot ${where} with "-"`);
}
