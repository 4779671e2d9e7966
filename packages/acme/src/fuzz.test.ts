// Every parser of what a server sends, on random and on slightly broken input: our error or a value, nothing else.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { parseAccount } from './account-state.ts';
import { parseAuthorization } from './authorization-state.ts';
import { parseChain } from './certificate.ts';
import { parseDirectory } from './directory.ts';
import { parsePersistOffer } from './dns-persist-01.ts';
import { AcmeError } from './errors.ts';
import { parseOrder } from './order-state.ts';
import { printable } from './printable.ts';
import { parseProblem } from './problem.ts';
import { parseRenewalInfo } from './renewal-info.ts';
import { readReply } from './reply.ts';
import { createUrlPolicy } from './url-policy.ts';

const policy = createUrlPolicy();
const url = 'https://ca.example/x';
const problem = { type: 'urn:ietf:params:acme:error:dns', detail: 'no', status: 400, subproblems: [{ identifier: { type: 'dns', value: 'a.example' } }] };
const identifiers = [{ type: 'dns', value: 'a.example' }, { type: 'ip', value: '::1' }];
const challenges = [{ type: 'http-01', url, token: 'abc', status: 'invalid', error: problem }, { type: 'dns-persist-01', url, 'issuer-domain-names': ['ca.example'] }];

/** A parser and a good input for it. */
const parsers: Record<string, { readonly parse: (value: unknown) => unknown; readonly good: object }> = {
  directory: { parse: (value) => parseDirectory(value, policy), good: { newNonce: url, newAccount: url, newOrder: url, meta: { profiles: { a: 'b' }, caaIdentities: ['x'] } } },
  account: { parse: (value) => parseAccount(value, policy), good: { status: 'valid', contact: ['mailto:a@b.example'], orders: url } },
  order: { parse: (value) => parseOrder(value, policy), good: { status: 'valid', identifiers, authorizations: [url], finalize: url, certificate: url, expires: '2026-01-01T00:00:00Z', error: problem } },
  authorization: { parse: (value) => parseAuthorization(value, policy), good: { identifier: identifiers[0], status: 'invalid', challenges, wildcard: true, expires: '2026-01-01T00:00:00Z' } },
  'renewal information': { parse: (value) => parseRenewalInfo(value, 60), good: { suggestedWindow: { start: '2026-01-01T00:00:00Z', end: '2026-01-02T00:00:00Z' }, explanationURL: url } },
};

/** A copy of `good` in which one member, at any depth, became something else. */
function mutated(good: object): fc.Arbitrary<unknown> {
  const paths = pathsOf(good);
  return fc.tuple(fc.constantFrom(...paths), fc.oneof(fc.jsonValue(), fc.constant(undefined), fc.string())).map(([path, value]) => replaced(good, path, value));
}

function pathsOf(value: unknown, path: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [[...path]];
  return [...(path.length === 0 ? [] : [[...path]]), ...Object.entries(value).flatMap(([key, one]) => pathsOf(one, [...path, key]))];
}

function replaced(value: unknown, [first, ...rest]: readonly string[], by: unknown): unknown {
  if (first === undefined) return by;
  const copy: Record<string, unknown> = Array.isArray(value) ? (([...value] as unknown[]) as unknown as Record<string, unknown>) : { ...(value as object) };
  copy[first] = replaced(copy[first], rest, by);
  return copy;
}

/** What came of it: a value, our error, or something that must not happen. */
function outcomeOf(work: () => unknown): unknown {
  try {
    work();
    return 'a value';
  } catch (error) {
    return error instanceof AcmeError ? 'our error' : error;
  }
}

const allowed = ['a value', 'our error'];

describe.each(Object.entries(parsers))('the parser of a %s', (_, { parse, good }) => {
  test('takes a good one', () => {
    expect(() => parse(good)).not.toThrow();
  });

  test('throws nothing but our error', () => {
    fc.assert(fc.property(fc.oneof(fc.jsonValue(), mutated(good)), (value) => {
      expect(allowed).toContain(outcomeOf(() => parse(value)));
    }), { numRuns: 500 });
  });

  test('ignores members it does not know', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => {
      expect(parse({ ...good, 'x-unknown': value })).toEqual(parse(good));
    }));
  });
});

test('problems are read without ever throwing', () => {
  fc.assert(fc.property(fc.oneof(fc.jsonValue(), mutated(problem)), fc.integer({ min: 400, max: 599 }), (value, status) => {
    const parsed = parseProblem(value, status);
    expect(parsed.status).toBeGreaterThanOrEqual(400);
    expect(parsed.detail).not.toMatch(/\p{Cc}/u);
  }), { numRuns: 500 });
});

test('offers of dns-persist-01 are read without ever throwing', () => {
  fc.assert(fc.property(fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.record({ issuerDomainNames: fc.jsonValue(), accounturi: fc.jsonValue() })), (value) => {
    expect(parsePersistOffer(value)?.issuerDomainNames.length ?? 1).toBeGreaterThan(0);
  }));
});

test('chains are read with nothing but our error', () => {
  const pem = fc.array(fc.oneof(fc.constantFrom('-----BEGIN CERTIFICATE-----\n', '-----END CERTIFICATE-----\n', 'MIIB', '\r\n', '-----BEGIN PRIVATE KEY-----'), fc.base64String(), fc.string())).map((parts) => parts.join(''));
  fc.assert(fc.property(pem, (text) => {
    expect(allowed).toContain(outcomeOf(() => parseChain(text)));
  }), { numRuns: 500 });
});

test('any status, header and body gives a reply or an error, never a throw', async () => {
  const headers = fc.dictionary(fc.constantFrom('content-type', 'content-encoding', 'location', 'retry-after', 'link', 'replay-nonce'), fc.oneof(fc.string(), fc.constantFrom('gzip', 'application/json', 'application/problem+json', '/relative', 'https://ca.example/1')));
  const response = fc.record({ status: fc.integer({ min: 200, max: 599 }), headers, body: fc.oneof(fc.uint8Array(), fc.json().map((text) => new TextEncoder().encode(text))) });
  await fc.assert(
    fc.asyncProperty(response, fc.constantFrom('json' as const, 'chain' as const, 'none' as const), async (one, expected) => {
      const read = await readReply(one, { url, expected, policy, now: new Date(0), attempt: 1, maxBytes: 1_000 });
      if ('error' in read) expect(read.error).toBeInstanceOf(AcmeError);
      else expect(read.reply.status).toBeLessThan(300);
    }),
    { numRuns: 500 },
  );
});

test('printable text has no control characters and a bounded length', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 3_000 }), (text) => {
    const shown = printable(text, 100);
    expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(shown.length).toBeLessThanOrEqual(100 * 10 + 1);
  }));
});
