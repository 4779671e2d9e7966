import { describe, expect, test } from 'vitest';

import { obtainCertificate } from './obtain.ts';
import { parseRenewalInfo } from './renewal-info.ts';
import { names, recordingSolver, startFixture } from './testing/fixture.ts';
import { certIdOf, problem } from './testing/scripted-ca.ts';

const window = { start: '2027-01-18T00:00:00Z', end: '2027-01-20T12:00:00.5+01:00' };

describe('parseRenewalInfo', () => {
  test('reads window and page', () => {
    expect(parseRenewalInfo({ suggestedWindow: window, explanationURL: 'https://ca.example/why' }, 21_600)).toEqual({
      suggestedWindow: { start: new Date('2027-01-18T00:00:00Z'), end: new Date('2027-01-20T11:00:00.500Z') },
      explanationUrl: 'https://ca.example/why',
      retryAfterSeconds: 21_600,
    });
  });

  test.each([
    { asked: 1, expected: 60 },
    { asked: 1_000_000, expected: 86_400 },
    { asked: undefined, expected: 21_600 },
  ])('keeps Retry-After $asked within a minute and a day', ({ asked, expected }) => {
    expect(parseRenewalInfo({ suggestedWindow: window }, asked).retryAfterSeconds).toBe(expected);
  });

  test.each([
    { name: 'ends where it starts', suggestedWindow: { start: window.start, end: window.start } },
    { name: 'ends before it starts', suggestedWindow: { start: window.end, end: window.start } },
    { name: 'has no end', suggestedWindow: { start: window.start } },
    { name: 'is no object', suggestedWindow: 'tomorrow' },
    { name: 'has no RFC 3339 instants', suggestedWindow: { start: '2027', end: 'Jan 20 2027' } },
  ])('refuses a window that $name', ({ suggestedWindow }) => {
    expect(() => parseRenewalInfo({ suggestedWindow }, 60)).toThrow(expect.objectContaining({ code: 'invalidResponse' }));
  });

  test('leaves out a page that is none', () => {
    expect(parseRenewalInfo({ suggestedWindow: window, explanationURL: 'javascript:alert(1)' }, 60)).not.toHaveProperty('explanationUrl');
  });
});

describe('client.renewalInfo', () => {
  test.each(['', '/'])('asks for the certificate by its id, unsigned and without a nonce (directory url ends in "%s")', async (slash) => {
    await using fixture = await startFixture({ renewalInfo: () => ({ status: 200, headers: { 'retry-after': '3600' }, body: { suggestedWindow: window } }) });
    fixture.ca.extraDirectory = { renewalInfo: `${fixture.ca.origin}/renewalInfo${slash}` };
    const account = await fixture.newAccount();
    const { chain } = await obtainCertificate({ account, identifiers: names('example.com'), key: await fixture.newKey(), solvers: [recordingSolver()] });
    fixture.startCounting();
    const [leaf] = chain;
    if (leaf === undefined) throw new Error('no leaf');
    expect(await fixture.client.renewalInfo(leaf)).toMatchObject({ retryAfterSeconds: 3_600 });
    expect(fixture.ca.requests).toEqual(['GET renewalInfo']);
    expect(fixture.ca.incoming.at(-1)?.path).toBe(`/renewalInfo/${certIdOf(fixture.ca, 1)}`);
    // The serial's leading 00 is part of the id: 00 87 01.
    expect(certIdOf(fixture.ca, 1)).toMatch(/\.AIcB$/);
    expect(await fixture.client.renewalInfo(certIdOf(fixture.ca, 1))).toMatchObject({ retryAfterSeconds: 3_600 });
  });

  test.each([
    { name: 'a lasting refusal', answer: () => problem('malformed', 404), afterSeconds: 21_600 },
    { name: 'an impossible window', answer: () => ({ status: 200, body: { suggestedWindow: { start: window.end, end: window.start } } }), afterSeconds: 21_600 },
    { name: 'a server fault that does not pass', answer: () => ({ status: 500, body: 'oops' }), afterSeconds: 60 },
    { name: 'a limit', answer: () => ({ ...problem('rateLimited', 429), headers: { 'retry-after': '7200' } }), afterSeconds: 7_200 },
  ])('after $name it says when to ask again', async ({ answer, afterSeconds }) => {
    await using fixture = await startFixture({ renewalInfo: answer });
    await expect(fixture.client.renewalInfo('aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE')).rejects.toMatchObject({ code: 'renewalInfoUnavailable', retry: { afterSeconds } });
  });

  test('a ca without renewal information says so, and a wrong id is refused before any request', async () => {
    await using fixture = await startFixture({ extraDirectory: { renewalInfo: undefined } });
    await expect(fixture.client.renewalInfo('aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE')).rejects.toMatchObject({ code: 'unsupportedByServer' });
    await expect(fixture.client.renewalInfo('../../x')).rejects.toMatchObject({ code: 'argumentInvalid' });
  });
});
