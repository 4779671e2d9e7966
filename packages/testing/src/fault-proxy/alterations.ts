// Changes to true answers: what differs between CAs, between releases, and between what RFC 8555 allows and clients expect.
import type { Random } from '@certward/base';
import type { Fault } from './faults.ts';
import { type HeldAnswer, headerValues, jsonObject } from './message.ts';

type Json = Readonly<Record<string, unknown>>;

/** A fault that changes the JSON of successful answers. */
export function alterJson(name: string, change: (body: Json) => Json): Fault {
  return {
    kind: 'alter',
    name,
    alter: (answer) => {
      const body = answer.status < 400 ? jsonObject(answer.body) : undefined;
      return body === undefined ? answer : { ...answer, body: Buffer.from(JSON.stringify(change(body))) };
    },
  };
}

/** The answer names another content type than it has. */
export function contentType(value: string): Fault {
  return { kind: 'alter', name: `content type ${value}`, alter: (answer) => ({ ...answer, headers: { ...answer.headers, 'content-type': value } }) };
}

/** The directory has members that nobody knows, of every JSON type, as Let's Encrypt adds one on purpose. */
export function randomDirectoryKeys(random: Random): Fault {
  return alterJson('random directory keys', (body) => {
    const extra = [true, 7, null, 'https://community.example/t/adding-random-entries', { nested: [] }, []];
    const named = extra.map((value) => [Buffer.from(random.bytes(8)).toString('base64url'), value]);
    return { ...(Object.fromEntries(named) as Json), ...body, ...(Object.fromEntries([[`_${named[0]?.[0] as string}`, {}]]) as Json) };
  });
}

/** The authorizations and identifiers of an order come in another order. */
export function shuffledAuthorizations(random: Random): Fault {
  return alterJson('shuffled authorizations', (body) => ({
    ...body,
    ...(Array.isArray(body['authorizations']) ? { authorizations: shuffled(body['authorizations'], random) } : {}),
    ...(Array.isArray(body['identifiers']) ? { identifiers: shuffled(body['identifiers'], random) } : {}),
  }));
}

function shuffled(items: readonly unknown[], random: Random): unknown[] {
  return items
    .map((item) => ({ item, place: random.fraction() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

/** An authorization offers no challenge of this type. */
export function withoutChallengeType(type: string): Fault {
  return alterJson(`without ${type}`, (body) => ({ ...body, challenges: challenges(body).filter((one) => one['type'] !== type) }));
}

/** A valid authorization lists nothing but a challenge that no client knows: it became valid by another way. */
export function validByAnotherWay(): Fault {
  return alterJson('valid by another way', (body) => {
    if (body['status'] !== 'valid') return body;
    return { ...body, challenges: challenges(body).slice(0, 1).map(({ url }) => ({ type: 'carrier-pigeon-01', status: 'valid', url })) };
  });
}

function challenges(body: Json): readonly Json[] {
  return Array.isArray(body['challenges']) ? (body['challenges'] as Json[]) : [];
}

/** Names come back in capitals: DNS does not care, string comparison does. */
export function upperCaseIdentifiers(): Fault {
  const change = (identifier: unknown): unknown => {
    const { type, value } = identifier as { type?: unknown; value?: unknown };
    return typeof value === 'string' ? { type, value: value.toUpperCase() } : identifier;
  };
  return alterJson('identifiers in capitals', (body) => ({
    ...body,
    ...(Array.isArray(body['identifiers']) ? { identifiers: body['identifiers'].map(change) } : {}),
    ...(body['identifier'] === undefined ? {} : { identifier: change(body['identifier']) }),
  }));
}

/** `expires` lies in the past, as it looks to a machine whose clock is fast. */
export function expiresInThePast(): Fault {
  return alterJson('expires in the past', (body) => ({ ...body, expires: '2001-01-01T00:00:00Z' }));
}

/** Alternate chains are linked by a relative reference (RFC 8288 §3.1). */
export function relativeAlternateLinks(): Fault {
  const change = (link: string) => link.replace(/<https?:\/\/[^/]+(?<rest>\/[^>]*)>/, '<$<rest>>');
  return {
    kind: 'alter',
    name: 'relative alternate links',
    alter: (answer) => ({
      ...answer,
      headers: { ...answer.headers, link: headerValues(answer.headers, 'link').map((link) => (link.includes('alternate') ? change(link) : link)) },
    }),
  };
}

/** A certificate chain ends without a line break. */
export function withoutFinalNewline(): Fault {
  const alter = (answer: HeldAnswer): HeldAnswer => ({ ...answer, body: Buffer.from(answer.body.toString('latin1').trimEnd(), 'latin1') });
  return { kind: 'alter', name: 'without final newline', alter };
}
