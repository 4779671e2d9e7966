// The table of RFC 8555 §6.7 and its neighbours, held to what each type is meant to cause.
import { describe, expect, test } from 'vitest';

import { AcmeProblem } from './errors.ts';
import { parseProblem } from './problem.ts';
import { type ProblemAction, type ProblemClass, type ProblemType, reactions, reactionTo } from './reactions.ts';

const expected: Record<ProblemType, readonly [ProblemClass, ProblemAction, 'never' | 'now' | 'later']> = {
  accountDoesNotExist: ['state', 'report', 'never'],
  agreementRequired: ['human', 'report', 'never'],
  alreadyReplaced: ['state', 'orderWithoutReplaces', 'now'],
  alreadyRevoked: ['done', 'treatAsSuccess', 'never'],
  autoRenewalCanceled: ['permanent', 'report', 'never'],
  autoRenewalCancellationInvalid: ['permanent', 'report', 'never'],
  autoRenewalExpired: ['permanent', 'report', 'never'],
  autoRenewalRevocationNotSupported: ['permanent', 'report', 'never'],
  badCSR: ['permanent', 'report', 'never'],
  badNonce: ['transient', 'repeatWithItsNonce', 'now'],
  badPublicKey: ['config', 'report', 'never'],
  badRevocationReason: ['permanent', 'report', 'never'],
  badSignatureAlgorithm: ['config', 'report', 'never'],
  caa: ['validation', 'report', 'later'],
  compound: ['validation', 'report', 'later'],
  conflict: ['state', 'report', 'never'],
  connection: ['validation', 'report', 'later'],
  dns: ['validation', 'report', 'later'],
  externalAccountRequired: ['config', 'report', 'never'],
  incorrectResponse: ['validation', 'report', 'later'],
  invalidContact: ['config', 'report', 'never'],
  invalidProfile: ['config', 'refreshDirectory', 'never'],
  malformed: ['permanent', 'report', 'never'],
  orderNotReady: ['state', 'rereadOrder', 'now'],
  rateLimited: ['wait', 'repeatAfterRetryAfter', 'later'],
  rejectedIdentifier: ['permanent', 'report', 'never'],
  serverInternal: ['transient', 'repeatAfterPause', 'later'],
  tls: ['validation', 'report', 'later'],
  unauthorized: ['validation', 'report', 'later'],
  unknownDelegation: ['permanent', 'report', 'never'],
  unsupportedContact: ['config', 'report', 'never'],
  unsupportedIdentifier: ['permanent', 'report', 'never'],
  userActionRequired: ['human', 'report', 'never'],
};

describe('reactions', () => {
  test('the table and the expectations name the same types', () => {
    expect(Object.keys(reactions).toSorted()).toEqual(Object.keys(expected).toSorted());
  });

  test.each(Object.entries(expected))('%s', (type, [problemClass, action, retry]) => {
    const error = new AcmeProblem(parseProblem({ type: `urn:ietf:params:acme:error:${type}`, detail: 'why' }, 403));
    expect(reactionTo(type, 403)).toMatchObject({ class: problemClass, action });
    expect(error).toMatchObject({ code: 'problem', type, details: { class: problemClass } });
    expect(typeof error.retry === 'object' ? 'later' : error.retry).toBe(retry);
    expect(error.hint).toMatch(/^[^A-Z].{20,}[^.]$/);
  });

  test.each([
    { status: 400, problemClass: 'permanent' },
    { status: 401, problemClass: 'config' },
    { status: 403, problemClass: 'config' },
    { status: 404, problemClass: 'permanent' },
    { status: 429, problemClass: 'wait' },
    { status: 500, problemClass: 'transient' },
    { status: 503, problemClass: 'transient' },
  ])('an unknown type with status $status counts as $problemClass', ({ status, problemClass }) => {
    expect(reactionTo('somethingNew', status).class).toBe(problemClass);
    expect(reactionTo('toString', status).class).toBe(problemClass);
  });
});

describe('AcmeProblem', () => {
  test('takes the time to retry from Retry-After', () => {
    const limited = parseProblem({ type: 'urn:ietf:params:acme:error:rateLimited', detail: 'too many' }, 429);
    expect(new AcmeProblem(limited, { retryAfterSeconds: 77 }).retry).toEqual({ afterSeconds: 77 });
    expect(new AcmeProblem(limited).retry).toEqual({ afterSeconds: 3_600 });
  });

  test('a pause that only a person can lift is never retried and keeps its link', () => {
    const detail = 'Your account is temporarily prevented from requesting certificates for a.example. Please visit: https://sfe.example/sfe/v1/unpause?jwt=abc.def to unpause';
    const paused = new AcmeProblem(parseProblem({ type: 'urn:ietf:params:acme:error:rateLimited', detail }, 429), { retryAfterSeconds: 5 });
    expect(paused.retry).toBe('never');
    expect(paused.problem.actionUrl).toBe('https://sfe.example/sfe/v1/unpause?jwt=abc.def');
  });

  test('keeps subproblems with their identifiers, and escapes what could steer a terminal', () => {
    const parsed = parseProblem(
      {
        type: 'urn:ietf:params:acme:error:malformed',
        detail: 'bad \u001b[31mnames\u202e',
        status: 'x',
        instance: 'javascript:alert(1)',
        algorithms: ['ES256', 7],
        subproblems: [{ type: 'urn:ietf:params:acme:error:rejectedIdentifier', detail: 'no', identifier: { type: 'dns', value: 'A.example' } }, 'junk', { identifier: { type: 'dns', value: '../..' } }],
      },
      400,
    );
    expect(parsed).toEqual({
      type: 'malformed',
      status: 400,
      detail: 'bad \\u{1b}[31mnames\\u{202e}',
      algorithms: ['ES256'],
      subproblems: [
        { type: 'rejectedIdentifier', detail: 'no', status: 400, identifier: { type: 'dns', value: 'a.example' }, subproblems: [] },
        { type: 'about:blank', detail: '', status: 400, subproblems: [] },
      ],
    });
  });
});
