// Passphrases of key stores, read from a file or the environment when they are needed.
import { readFileSync } from 'node:fs';

import { Secret } from '@certward/base';

import { FileTargetError } from './errors.ts';
import type { PassphraseSource } from './target.ts';

/** Reads a passphrase; of a file the first line counts. Throws `secretMissing` where there is none, without quoting any. */
export function readPassphrase(source: PassphraseSource, env: Readonly<Record<string, string | undefined>>): Secret {
  const value = 'env' in source ? env[source.env] : readFirstLine(source.file);
  if (value !== undefined && value !== '') return new Secret(value);
  const place = 'env' in source ? `the environment variable "${source.env}"` : `the file "${source.file}"`;
  throw new FileTargetError('secretMissing', `${place} has no passphrase`, { hint: 'put one there; key stores cannot be written without' });
}

function readFirstLine(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').split(/\r?\n/, 1)[0];
  } catch (cause) {
    throw new FileTargetError('secretMissing', `cannot read the passphrase from "${path}"`, { cause, details: { path } });
  }
}
