// Known answers made with dnspython (see testdata): what it signs we sign to the same bytes, and what it answers we verify.
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Secret } from '@certward/base';
import { signMessage, type TsigAlgorithm, type TsigKey, verifyAnswer } from './tsig.ts';
import { parseMessage } from './wire.ts';

interface Vectors {
  readonly secretBase64: string;
  readonly keyName: string;
  readonly timeSeconds: number;
  readonly cases: readonly { readonly algorithm: TsigAlgorithm; readonly unsigned: string; readonly signed: string; readonly answer: string; readonly badTime: string }[];
}

const vectors = JSON.parse(readFileSync(new URL('testdata/tsig-vectors.json', import.meta.url), 'utf8')) as Vectors;
const now = new Date(vectors.timeSeconds * 1000);
const keyOf = (algorithm: TsigAlgorithm): TsigKey => ({ name: vectors.keyName, algorithm, secret: new Secret(new Uint8Array(Buffer.from(vectors.secretBase64, 'base64'))) });
const bytesOf = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));

describe.each(vectors.cases)('$algorithm', ({ algorithm, unsigned, signed, answer, badTime }) => {
  const key = keyOf(algorithm);
  const ours = signMessage(bytesOf(unsigned), key, now);

  test('signs a message to the very bytes', () => {
    expect(Buffer.from(ours.bytes).toString('hex')).toBe(signed);
  });

  test('verifies an answer, and no other', () => {
    expect(verifyAnswer(parseMessage(bytesOf(answer)), key, { requestMac: ours.mac, now })).toEqual({ error: 0, serverTime: undefined, isSigned: true });
    expect(() => verifyAnswer(parseMessage(bytesOf(answer)), key, { requestMac: new Uint8Array(ours.mac).fill(0, 0, 1), now })).toThrowError(
      expect.objectContaining({ code: 'answerUntrusted', message: 'the answer of the server has a wrong signature' }) as Error,
    );
  });

  test('reads the clock of the server out of a BADTIME answer', () => {
    expect(verifyAnswer(parseMessage(bytesOf(badTime)), key, { requestMac: ours.mac, now })).toEqual({ error: 18, serverTime: new Date(1_800_009_999_000), isSigned: true });
  });

  test('refuses an answer with any byte changed', () => {
    const original = bytesOf(answer);
    // The id is not part of what is signed: TSIG carries the original one. The exchange checks it.
    const positions = fc.integer({ min: 2, max: original.length - 1 });
    const property = fc.property(positions, fc.integer({ min: 1, max: 255 }), (at, change) => {
      const bytes = new Uint8Array(original);
      bytes[at] = (bytes[at] ?? 0) ^ change;
      const isAccepted = (() => {
        try {
          const verdict = verifyAnswer(parseMessage(bytes), key, { requestMac: ours.mac, now });
          return verdict.isSigned && verdict.error === 0;
        } catch (error) {
          expect(error).toMatchObject({ name: 'DnsProviderError' });
          return false;
        }
      })();
      // Upper and lower case of names is the same name, and signed in lower case.
      expect(isAccepted && change !== 0x20).toBe(false);
    });
    expect(() => fc.assert(property, { numRuns: 300 })).not.toThrow();
  });

  test('refuses an old answer', () => {
    const later = new Date(now.getTime() + 302_000);
    expect(() => verifyAnswer(parseMessage(bytesOf(answer)), key, { requestMac: ours.mac, now: later })).toThrow('the answer of the server was signed at another time');
  });
});

test('refuses an answer without signature, or of another key', () => {
  const [first] = vectors.cases;
  const answer = parseMessage(bytesOf(first?.answer ?? ''));
  const options = { requestMac: new Uint8Array(16), now };
  expect(() => verifyAnswer(parseMessage(bytesOf(first?.unsigned ?? '')), keyOf('hmac-md5'), options)).toThrow('carries no signature');
  expect(() => verifyAnswer(answer, keyOf('hmac-sha256'), options)).toThrow('is signed with another key');
  expect(() => verifyAnswer(answer, { ...keyOf('hmac-md5'), name: 'other' }, options)).toThrow('is signed with another key');
});
