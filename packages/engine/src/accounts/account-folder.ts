// Where the accounts of a CA lie: a folder named after the directory URL, below it one folder per account id.
import { createHash, type KeyObject } from 'node:crypto';
import { join, relative } from 'node:path';

import { publicKeyOf, publicKeyToPem } from '@certward/pki';

import { StoreError } from '../files/errors.ts';

/**
 * The folder for a directory URL: host, port and path of the URL below `accounts`.
 * Throws `unsafePath` for a URL whose path would lead out of there.
 */
export function accountsFolder(configDir: string, directoryUrl: string): string {
  const match = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]+)([^?#]*)/i.exec(directoryUrl);
  const segments = match === null ? [] : [match[1] ?? '', ...(match[2] ?? '').split('/')].filter((segment) => segment !== '');
  if (segments.length === 0 || segments.some((segment) => segment === '.' || segment === '..' || /[\p{Cc}\\]/u.test(segment))) {
    throw new StoreError('unsafePath', `"${directoryUrl}" cannot be a folder for accounts`, {
      hint: 'give the directory URL of the CA as its documentation states it',
    });
  }
  return join(accountsRoot(configDir), ...segments);
}

/** The folder of all accounts. */
export function accountsRoot(configDir: string): string {
  return join(configDir, 'accounts');
}

/** ACME v1 accounts of Let's Encrypt are valid at its successor; Certbot links the folders, we look into both. */
const predecessors = new Map([
  [join('acme-v02.api.letsencrypt.org', 'directory'), join('acme-v01.api.letsencrypt.org', 'directory')],
  [join('acme-staging-v02.api.letsencrypt.org', 'directory'), join('acme-staging.api.letsencrypt.org', 'directory')],
]);

/** The folder of the same CA's ACME v1 accounts, if it had any. */
export function predecessorFolder(configDir: string, folder: string): string | undefined {
  const root = accountsRoot(configDir);
  const predecessor = predecessors.get(relative(root, folder));
  return predecessor === undefined ? undefined : join(root, predecessor);
}

/** The id that Certbot gives an account: MD5 of its public key as PEM. A name, not a protection. */
export function accountIdOf(key: KeyObject): string {
  return createHash('md5').update(publicKeyToPem(publicKeyOf(key))).digest('hex');
}

/** Checks that an id is one, before it becomes part of a path. Throws `accountNotFound`. */
export function checkAccountId(id: string): void {
  if (!isAccountId(id)) {
    throw new StoreError('accountNotFound', `"${id}" is not an account id`, { hint: 'an account id has 32 hexadecimal digits; show_account prints it' });
  }
}

/** Whether a name in the folder of a CA is that of an account. */
export function isAccountId(name: string): boolean {
  return /^[0-9a-f]{32}$/.test(name);
}
