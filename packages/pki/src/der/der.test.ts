import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../encoding/bytes.ts';
import { PkiError } from '../errors.ts';
import { DerCursor } from './cursor.ts';
import { type DerElement, readDer } from './element.ts';
import { decodeOid, encodeOid } from './oid.ts';
import { der } from './writer.ts';

const malformed = expect.objectContaining({ code: 'derMalformed' });

describe('the DER writer', () => {
  test.each([
    ['small integer', der.integer(5), '020105'],
    ['integer with its first bit set', der.integer(128), '02020080'],
    ['zero', der.integer(0), '020100'],
    ['integer from bytes, padding dropped', der.integer(Uint8Array.of(0, 0, 1)), '020101'],
    ['integer from no bytes', der.integer(new Uint8Array()), '020100'],
    ['integer beyond 2^53', der.integer(2n ** 64n), '0209010000000000000000'],
    ['boolean', der.boolean(true), '0101ff'],
    ['null', der.nullValue(), '0500'],
    ['object identifier', der.oid('1.2.840.113549.1.1.11'), '06092a864886f70d01010b'],
    ['object identifier below 2.', der.oid('2.999.3'), '0603883703'],
    ['length of two octets', der.octetString(new Uint8Array(300)).subarray(0, 4), '0482012c'],
    ['set in order of encodings', der.set([der.integer(300), der.integer(2), der.integer(1)]), '310a0201010201020202012c'],
    ['named bits without trailing zeros', der.namedBits([5, 6]), '03020106'],
    ['named bits in a second octet', der.namedBits([8]), '0303070080'],
    ['no named bits', der.namedBits([]), '030100'],
    ['explicit tag', der.explicit(3, [der.integer(1)]), 'a303020101'],
    ['implicit tag', der.implicit(2, Uint8Array.of(0x61)), '820161'],
    ['time before 2050', der.time(new Date('2049-12-31T23:59:59Z')), `170d${Buffer.from('491231235959Z').toString('hex')}`],
    ['time from 2050', der.time(new Date('2050-01-01T00:00:00.999Z')), `180f${Buffer.from('20500101000000Z').toString('hex')}`],
    ['time before 1950', der.time(new Date('1949-12-31T23:59:59Z')), `180f${Buffer.from('19491231235959Z').toString('hex')}`],
  ])('writes %s', (_, written, hex) => {
    expect(toHex(written)).toBe(hex);
  });

  test('refuses what it cannot write', () => {
    expect(() => der.integer(-1)).toThrow(malformed);
    expect(() => der.ia5String('ü')).toThrow(malformed);
    expect(() => der.oid('1.2.x')).toThrow(malformed);
    expect(() => der.time(new Date('+010000-01-01T00:00:00Z'))).toThrow(malformed);
    expect(() => der.time(new Date(Number.NaN))).toThrow(malformed);
  });
});

/** Trees of elements as nested arrays; leaves are octet strings. */
type Tree = Uint8Array | Tree[];
const trees = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof({ depthSize: 'medium' }, fc.uint8Array({ maxLength: 300 }), fc.array(tie('tree'), { maxLength: 4 })),
})).tree;
const write = (tree: Tree): Uint8Array => (tree instanceof Uint8Array ? der.octetString(tree) : der.sequence(tree.map(write)));
const read = (element: DerElement): Tree => (element.isConstructed ? element.children().map(read) : element.content);

describe('the DER reader', () => {
  test('reads back every tree that the writer writes', () => {
    fc.assert(
      fc.property(trees, (tree) => {
        expect(read(readDer(write(tree)))).toEqual(tree);
      }),
    );
  });

  test.each([
    ['nothing', ''],
    ['a lone tag', '04'],
    ['an indefinite length', '30800000'],
    ['a cut-off length', '0482'],
    ['a length of five octets', '04850000000001aa'],
    ['a length in too many octets', '048101aa'],
    ['a length with a leading zero', `04820080${'00'.repeat(128)}`],
    ['content that is cut off', '0403aabb'],
    ['a length of 4 GiB', '0484ffffffff00'],
    ['a high tag number', '1f8101'],
    ['trailing bytes', '050000'],
  ])('refuses %s', (_, hex) => {
    expect(() => readDer(fromHex(hex))).toThrow(malformed);
  });

  test('refuses children that reach beyond their parent', () => {
    expect(() => readDer(fromHex('30030402aabb')).children()).toThrow(malformed);
  });

  test('reads clumsy lengths only when told to', () => {
    const cursor = new DerCursor(fromHex('3081050482 0001aa'.replace(' ', '')), { allowLongLengths: true }).next(0x30).enter();
    expect(cursor.next(0x04).content()).toEqual(Uint8Array.of(0xaa));
  });

  test('is not troubled by depth', () => {
    let nested = der.nullValue();
    for (let depth = 0; depth < 2_000; depth++) nested = der.sequence([nested]);
    let element = readDer(nested);
    while (element.isConstructed) element = element.children()[0] as DerElement;
    expect(element.tag).toBe(0x05);
  });

  test('throws nothing but its own error on random bytes', () => {
    const visit = (element: DerElement): void => {
      if (element.isConstructed) element.children().forEach(visit);
    };
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          visit(readDer(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(PkiError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('object identifiers', () => {
  test('go both ways', () => {
    const arcs = fc.tuple(fc.constantFrom(0, 1, 2), fc.nat(39), fc.array(fc.nat(), { maxLength: 6 }));
    fc.assert(
      fc.property(arcs, ([root, second, rest]) => {
        const dotted = [root, second, ...rest].join('.');
        expect(decodeOid(encodeOid(dotted))).toBe(dotted);
      }),
    );
  });

  test.each([
    ['nothing', ''],
    ['a cut-off arc', '2a86'],
    ['a padded arc', '2a8001'],
    ['endless arcs', '2a'.repeat(65)],
  ])('refuses %s', (_, hex) => {
    expect(() => decodeOid(fromHex(hex))).toThrow(malformed);
  });

  test('reads arcs beyond 2^64, as UUIDs make them', () => {
    expect(decodeOid(fromHex('6983f8a5c6d7ea8fb6a4b19ce3da92c7d1e27f'))).toMatch(/^2\.25\.\d{30,}$/);
  });
});
