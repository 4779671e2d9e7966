// Which kind of key a new account key is.
import type { KeySpec } from '@certward/pki';
import type { Values } from '../args/table.ts';

/** RSA unless asked for: every Certbot that may come after us can use it. */
export function accountKeySpec({ accountKeyType, rsaKeySize }: Pick<Values, 'accountKeyType' | 'rsaKeySize'>): KeySpec {
  return accountKeyType === 'ecdsa' ? { type: 'ecdsa', curve: 'P-256' } : { type: 'rsa', bits: rsaKeySize };
}
