// Reads a journal entry from JSON, strictly: a file damaged by a disk or an editor must not steer what is removed or ordered.
import { AppError } from '@certward/base';
import type { Identifier } from '@certward/pki';
import type { ChallengeToAnswer, ChallengeType, JournalEntry, JournalPresentation, Json } from '../ports.ts';

type JsonObject = { readonly [key: string]: unknown };

const challengeTypes: readonly ChallengeType[] = ['http-01', 'dns-01', 'tls-alpn-01', 'dns-account-01', 'dns-persist-01'];

/** The entry in `text`. Throws an {@link AppError} with code `journalMalformed` for anything else. */
export function parseJournalEntry(text: string): JournalEntry {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new AppError('journalMalformed', 'the journal entry is not JSON', { cause });
  }
  const from = object(value, 'entry');
  return {
    id: string(from, 'id'),
    directoryUrl: string(from, 'directoryUrl'),
    accountUrl: string(from, 'accountUrl'),
    identifiers: list(from, 'identifiers').map(identifier),
    startedAt: string(from, 'startedAt'),
    order: order(from['order']),
    presentations: list(from, 'presentations').map(presentation),
    finalizing: boolean(from, 'finalizing'),
    ...optional(from, 'profile'),
    ...optional(from, 'replaces'),
    ...optional(from, 'keyId'),
    ...optional(from, 'certificatePem'),
  };
}

function order(value: unknown): JournalEntry['order'] {
  const from = object(value, 'order');
  switch (from['state']) {
    case 'none':
    case 'creating':
      return { state: from['state'] };
    case 'created':
      return { state: 'created', url: string(from, 'url') };
    default:
      throw malformed('order.state');
  }
}

function presentation(value: unknown): JournalPresentation {
  const from = object(value, 'presentation');
  if (from['handle'] === undefined) throw malformed('handle');
  // What JSON.parse made of JSON is JSON; each authenticator checks its own handles.
  return { authenticator: string(from, 'authenticator'), challenge: challenge(from['challenge']), handle: from['handle'] as Json };
}

function challenge(value: unknown): ChallengeToAnswer {
  const from = object(value, 'challenge');
  const type = challengeTypes.find((one) => one === from['type']);
  if (type === undefined) throw malformed('challenge.type');
  return {
    identifier: identifier(from['identifier']),
    wildcard: boolean(from, 'wildcard'),
    type,
    token: string(from, 'token'),
    keyAuthorization: string(from, 'keyAuthorization'),
    validation: string(from, 'validation'),
    recordName: string(from, 'recordName'),
    accountUrl: string(from, 'accountUrl'),
  };
}

function identifier(value: unknown): Identifier {
  const from = object(value, 'identifier');
  const type = from['type'];
  if (type !== 'dns' && type !== 'ip') throw malformed('identifier.type');
  return { type, value: string(from, 'value') };
}

function object(value: unknown, what: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw malformed(what);
}

function string(from: JsonObject, member: string): string {
  const value = from[member];
  if (typeof value === 'string') return value;
  throw malformed(member);
}

function boolean(from: JsonObject, member: string): boolean {
  const value = from[member];
  if (typeof value === 'boolean') return value;
  throw malformed(member);
}

function list(from: JsonObject, member: string): readonly unknown[] {
  const value = from[member];
  if (Array.isArray(value)) return value;
  throw malformed(member);
}

function optional<Member extends string>(from: JsonObject, member: Member): { readonly [K in Member]?: string } {
  return from[member] === undefined ? {} : ({ [member]: string(from, member) } as { readonly [K in Member]?: string });
}

function malformed(member: string): AppError {
  return new AppError('journalMalformed', `the journal entry is damaged at "${member}"`);
}
