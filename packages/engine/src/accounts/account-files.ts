// The three files of an account: `private_key.json`, `regr.json`, `meta.json`.
import type { KeyObject } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';

import { jwkToPrivateKey, privateJwk } from '@certward/pki';

import type { FileToWrite } from '../files/atomic.ts';
import { StoreError } from '../files/errors.ts';
import { readTextFile } from '../files/read.ts';
import { accountIdOf } from './account-folder.ts';

/** An account as it lies on the disk. */
export interface StoredAccount {
  readonly id: string;
  /** The account URL: the `kid` of its requests. */
  readonly url: string;
  /** The private account key. */
  readonly key: KeyObject;
  readonly createdAt: Date | undefined;
  /** The host it was created on. */
  readonly createdOn: string | undefined;
}

/**
 * Reads an account's folder. Older members of the files (contacts, agreement, newAuthz URL) are ignored.
 * Throws `accountInvalid` for missing or malformed files and for a key that does not belong to the folder's name.
 */
export function readAccount(folder: string): StoredAccount {
  const id = basename(folder);
  const url = readJson(folder, 'regr.json').uri;
  if (typeof url !== 'string' || !/^https?:\/\//.test(url)) throw invalid(id, 'regr.json holds no account URL');
  const key = parseKey(id, readJson(folder, 'private_key.json'));
  if (accountIdOf(key) !== id) throw invalid(id, 'its key belongs to another id');
  const meta = readJson(folder, 'meta.json');
  return { id, url, key, createdAt: parseInstant(meta.creation_dt), createdOn: typeof meta.creation_host === 'string' ? meta.creation_host : undefined };
}

/** The files of an account, in the order in which they are to appear: without `regr.json` it does not count as one. */
export function accountFiles(folder: string, account: Omit<StoredAccount, 'id'>): readonly FileToWrite[] {
  const meta = { creation_dt: `${account.createdAt?.toISOString().slice(0, 19)}Z`, creation_host: account.createdOn };
  return [
    keyFile(folder, account.key),
    { path: join(folder, 'meta.json'), content: JSON.stringify(meta) },
    { path: join(folder, 'regr.json'), content: JSON.stringify({ body: {}, uri: account.url }) },
  ];
}

/** The file of an account's key. */
export function keyFile(folder: string, key: KeyObject): FileToWrite {
  return { path: join(folder, 'private_key.json'), content: JSON.stringify(privateJwk(key)), mode: 0o400 };
}

/** A key without an account: about to be registered or rolled over to, or left of an account that was removed. */
export interface ReservedKey {
  readonly id: string;
  readonly key: KeyObject;
}

/** The key in a folder that is no account; undefined where it is one. Throws `accountInvalid`. */
export function readReservedKey(folder: string): ReservedKey | undefined {
  if (existsSync(join(folder, 'regr.json'))) return undefined;
  const id = basename(folder);
  const key = parseKey(id, readJson(folder, 'private_key.json'));
  if (accountIdOf(key) !== id) throw invalid(id, 'its key belongs to another id');
  return { id, key };
}

function readJson(folder: string, name: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(readTextFile(join(folder, name)));
  } catch (error) {
    // A syntax error quotes the text, which may be the key: only the errors of reading go along as the cause.
    throw invalid(basename(folder), `${name} cannot be read`, error instanceof StoreError ? error : undefined);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(basename(folder), `${name} is not an object`);
  return value as Readonly<Record<string, unknown>>;
}

function parseKey(id: string, jwk: unknown): KeyObject {
  try {
    return jwkToPrivateKey(jwk);
  } catch (error) {
    throw invalid(id, 'private_key.json holds no usable key', error);
  }
}

function parseInstant(value: unknown): Date | undefined {
  const instant = typeof value === 'string' ? new Date(value) : undefined;
  return instant === undefined || Number.isNaN(instant.getTime()) ? undefined : instant;
}

function invalid(id: string, problem: string, cause?: unknown): StoreError {
  return new StoreError('accountInvalid', `account "${id}" is not valid: ${problem}`, {
    cause,
    details: { account: id },
    hint: 'restore its folder from a backup, or register a new account',
  });
}
