// Reading account objects (RFC 8555 §7.1.2) out of JSON.
import { invalidResponse, objectOf, optionalString, optionalUrl, stringsOf } from './fields.ts';
import { printable } from './printable.ts';
import type { AccountState, AccountStatus } from './types.ts';
import type { UrlPolicy } from './url-policy.ts';

const statuses = ['valid', 'deactivated', 'revoked'] as const satisfies readonly AccountStatus[];

/** Reads an account. Members that many CAs leave out may be absent. Throws `invalidResponse` or `urlRefused`. */
export function parseAccount(value: unknown, policy: UrlPolicy): AccountState {
  const from = objectOf(value, 'an account');
  const text = optionalString(from, 'status') ?? 'valid';
  const status = statuses.find((one) => one === text);
  if (status === undefined) throw invalidResponse(`an account in the unknown state "${printable(text, 40)}"`);
  const orders = optionalUrl(from, 'orders', 'an account', policy);
  return {
    status,
    contact: stringsOf(from, 'contact').map((one) => printable(one, 500)),
    termsOfServiceAgreed: from['termsOfServiceAgreed'] === true,
    ...(orders === undefined ? {} : { orders }),
    ...(from['externalAccountBinding'] === undefined ? {} : { externalAccountBinding: from['externalAccountBinding'] }),
  };
}
