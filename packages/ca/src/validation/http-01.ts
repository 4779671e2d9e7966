// HTTP-01 (RFC 8555 §8.3, RFC 8738 §4): fetches the key authorization from the host itself, as public CAs do.
import { Problem } from '../problem.ts';
import { fetchPage, type FetchOptions } from './http-fetch.ts';
import type { ValidationRequest } from './validator.ts';

/** Throws `connection`, `dns` or `unauthorized` unless the host serves the key authorization. */
export async function validateHttp01({ identifier, keyAuthorization, token }: ValidationRequest, options: FetchOptions): Promise<void> {
  const url = `http://${hostOf(identifier)}${portSuffix(options.httpPort)}/.well-known/acme-challenge/${token}`;
  const { body, isForeign, status, url: finalUrl } = await fetchPage(url, options);
  if (status !== 200) throw new Problem('unauthorized', `"${finalUrl}" answered with status ${status}`);
  // §8.3: trailing whitespace is to be ignored.
  if (body.trimEnd() === keyAuthorization) return;
  // What another host says may not be meant for the client: the authority may reach what the client does not.
  throw new Problem('unauthorized', `"${finalUrl}" does not hold the expected key authorization${isForeign ? '' : `, but "${printable(body)}"`}`);
}

/** RFC 8738 §4: an IPv6 address goes into brackets. */
function hostOf(identifier: ValidationRequest['identifier']): string {
  return identifier.type === 'ip' && identifier.value.includes(':') ? `[${identifier.value}]` : identifier.value;
}

function portSuffix(port: number): string {
  return port === 80 ? '' : `:${port}`;
}

/** The first characters of what somebody else served, safe to show. */
function printable(text: string): string {
  return text.slice(0, 100).replace(/[^\x20-\x7e]/g, '?');
}
