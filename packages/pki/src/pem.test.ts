import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PkiError } from './errors.ts';
import { countCharacters } from './testdata/count-characters.ts';
import { encodePem, parsePem, splitPemChain } from './pem.ts';

const block = encodePem('CERTIFICATE', Uint8Array.of(0x30, 0x82, 1, 2));
const malformed = expect.objectContaining({ code: 'pemMalformed' });

describe('PEM', () => {
  test('comes back as it was written', () => {
    const blocks = fc.array(fc.record({ label: fc.constantFrom('CERTIFICATE', 'PRIVATE KEY', 'X509 CRL', 'A'), bytes: fc.uint8Array({ maxLength: 400 }) }));
    fc.assert(
      fc.property(blocks, (list) => {
        const text = list.map(({ label, bytes }) => encodePem(label, bytes)).join('');
        expect(parsePem(text).map(({ label, bytes }) => ({ label, bytes }))).toEqual(list);
      }),
    );
  });

  test('is written with 64 columns and a final newline', () => {
    expect(encodePem('X', new Uint8Array(49))).toBe(`-----BEGIN X-----\n${'A'.repeat(64)}\nAA==\n-----END X-----\n`);
  });

  test.each([
    ['CRLF line ends', block.replaceAll('\n', '\r\n')],
    ['CR line ends', block.replaceAll('\n', '\r')],
    ['no final newline', block.trimEnd()],
    ['text around it', `subject: CN=x\n# see -----BEGIN here\n${block}trailing words\n`],
    ['blanks at line ends', block.replaceAll('\n', ' \t\n')],
    ['blanks before it', `  ${block}`],
    ['a byte order mark', `\ufeff${block}`],
    ['base64 on one line', block.replaceAll(/\n(?!-)/g, '\n')],
    ['empty lines', block.replaceAll('\n', '\n\n')],
  ])('is read with %s', (_, text) => {
    expect(parsePem(text)).toEqual([{ label: 'CERTIFICATE', bytes: Uint8Array.of(0x30, 0x82, 1, 2), headers: {} }]);
  });

  test('keeps the headers of old-style encrypted keys', () => {
    const text = '-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n';
    const [key] = parsePem(text);
    expect(key?.headers).toEqual({ 'Proc-Type': '4,ENCRYPTED', 'DEK-Info': 'AES-128-CBC,00' });
    expect(key?.bytes.length).toBe(3);
  });

  test('without blocks is an empty list', () => {
    expect(parsePem('')).toEqual([]);
    expect(parsePem('just words')).toEqual([]);
  });

  test.each([
    ['no END line', '-----BEGIN CERTIFICATE-----\nAAAA\n'],
    ['another label at its end', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END KEY-----\n'],
    ['a block inside', `-----BEGIN CERTIFICATE-----\nAAAA\n${block}`],
    ['characters outside base64', '-----BEGIN X-----\nA*AA\n-----END X-----\n'],
    ['a missing character', '-----BEGIN X-----\nAAA\n-----END X-----\n'],
    ['padding in the middle', '-----BEGIN X-----\nAA==AAAA\n-----END X-----\n'],
    ['a malformed BEGIN line', '-----BEGIN X\nAAAA\n-----END X-----\n'],
  ])('with %s is refused', (_, text) => {
    expect(() => parsePem(text)).toThrow(malformed);
  });

  test('splits into certificates and leaves the rest out', () => {
    const key = encodePem('PRIVATE KEY', Uint8Array.of(1));
    expect(splitPemChain(`${key}words\r\n${block}${block.replaceAll('\n', '\r\n')}`)).toEqual([block, block]);
  });

  test('throws nothing but its own error on fragments put together at random', () => {
    const pieces = fc.constantFrom('-----BEGIN ', '-----END ', '-----', 'CERTIFICATE', '\n', '\r\n', 'AAAA', '==', ': ', ' ', '\u2028', '\ufeff', 'é');
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
        try {
          parsePem(parts.join(''));
        } catch (error) {
          expect(error).toBeInstanceOf(PkiError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a megabyte of hostile PEM', () => {
  const size = 1_000_000;
  const fill = (piece: string) => piece.repeat(Math.ceil(size / piece.length)).slice(0, size);

  test.each([
    ['BEGINs inside lines', fill('x-----BEGIN ')],
    ['BEGINs behind blanks', fill(`${' '.repeat(40)}-----BEGIN `)],
    ['BEGIN lines that never end', fill('-----BEGIN A-----\n')],
    ['dashes', fill('-')],
    ['empty blocks', fill('-----BEGIN A-----\n-----END A-----\n')],
    ['blanks', fill(' ')],
    ['blanks in a block', `-----BEGIN A-----\n${fill(' ')}\n-----END A-----\n`],
    ['padding in a block', `-----BEGIN A-----\n${fill('=')}\n-----END A-----\n`],
    ['header lines', `-----BEGIN A-----\n${fill('a:b\n')}\n\n-----END A-----\n`],
    ['a label without end', `-----BEGIN ${fill('A')}`],
    ['base64 that goes wrong at the end', `-----BEGIN A-----\n${fill('AAAA\n')}*\n-----END A-----\n`],
  ])('costs time in proportion to its length: %s', (_, text) => {
    const characters = countCharacters(() => {
      try {
        parsePem(text);
      } catch (error) {
        if (!(error instanceof PkiError)) throw error;
      }
    });
    expect(characters).toBeLessThan(12 * text.length);
  });
});
