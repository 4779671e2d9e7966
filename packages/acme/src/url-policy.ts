// Which URLs this client lets a server send it to. Every URL in a server's answer passes here before any use.
import { AcmeError } from './errors.ts';
import { printable } from './printable.ts';

/** Longer than any ACME URL seen, shorter than what breaks logs and header limits. */
const longestUrl = 2_048;

/** How URLs are judged. */
export interface UrlPolicyOptions {
  /** Lets plain http through, for test servers on loopback. Default false. */
  readonly allowHttp?: boolean;
  /**
   * A further check of the program's own, e.g. "same origin as the directory" or an egress gate. Return false to refuse.
   * Default: any https URL, since RFC 8555 lets a CA spread its resources over hosts.
   */
  readonly acceptUrl?: (url: URL) => boolean;
}

/** Judges URLs; see {@link createUrlPolicy}. */
export interface UrlPolicy {
  /** Returns `text` unchanged (§6.4 wants it byte for byte), or throws `urlRefused` naming `what`. */
  check(text: string, what: string): string;
}

/** A policy: https (or http where allowed), no credentials, bounded length, printable ASCII only. */
export function createUrlPolicy(options: UrlPolicyOptions = {}): UrlPolicy {
  const { allowHttp = false, acceptUrl } = options;
  const refuse = (text: string, what: string, reason: string): never => {
    throw new AcmeError('urlRefused', `refused ${what}: "${printable(text, 200)}" ${reason}`, {
      hint: 'a ca must be reached by https; plain http is for test servers and must be allowed explicitly',
    });
  };
  return {
    check(text, what) {
      if (text.length > longestUrl) refuse(text, what, `is longer than ${longestUrl} characters`);
      // Anything else would be normalised by URL, and the signed `url` would no longer be what is requested.
      if (!/^[\x21-\x7e]+$/.test(text) || /["<>\\^`{|}]/.test(text)) refuse(text, what, 'holds characters that no url has');
      if (!URL.canParse(text)) refuse(text, what, 'is no absolute url');
      const url = new URL(text);
      if (url.protocol !== 'https:' && !(allowHttp && url.protocol === 'http:')) refuse(text, what, 'is not https');
      if (url.username !== '' || url.password !== '') refuse(text, what, 'carries credentials');
      if (url.hash !== '') refuse(text, what, 'carries a fragment');
      if (acceptUrl?.(url) === false) refuse(text, what, 'is not accepted here');
      return text;
    },
  };
}
