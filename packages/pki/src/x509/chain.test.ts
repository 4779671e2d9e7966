import { describe, expect, test } from 'vitest';
import { createBelow, createRoot } from '../testdata/pki.ts';
import { isIssuedBy, orderChain, verifySignature } from './chain.ts';

const root = createRoot('Root');
const intermediate = createBelow(root, { subject: { commonName: 'Intermediate' }, isCa: true });
const leaf = createBelow(intermediate, { identifiers: [{ type: 'dns', value: 'a.example' }] });
const stranger = createRoot('Stranger');
const [r, i, l, s] = [root, intermediate, leaf, stranger].map(({ certificate }) => certificate) as [typeof root.certificate, typeof root.certificate, typeof root.certificate, typeof root.certificate];

describe('a chain', () => {
  test.each([
    ['in order', [l, i, r]],
    ['backwards', [r, i, l]],
    ['shuffled', [i, l, r]],
    ['with repetitions', [l, i, l, r, i]],
    ['with a stranger behind', [l, i, r, s]],
  ])('%s is put in order', (_, given) => {
    expect(orderChain(given)).toEqual([l, i, r]);
  });

  test('ends where an issuer is missing', () => {
    expect(orderChain([l, r])).toEqual([l]);
    expect(orderChain([l])).toEqual([l]);
    expect(orderChain([])).toEqual([]);
  });

  test('of two CAs that certified each other is walked once', () => {
    const a = createRoot('A');
    const b = createRoot('B');
    const ab = createBelow(b, { subject: { commonName: 'A' }, subjectPublicKey: a.key, isCa: true }).certificate;
    const ba = createBelow(a, { subject: { commonName: 'B' }, subjectPublicKey: b.key, isCa: true }).certificate;
    expect(orderChain([ab, ba])).toEqual([ab, ba]);
  });
});

describe('who issued whom', () => {
  test('follows names and key identifiers', () => {
    expect(isIssuedBy(l, i)).toBe(true);
    expect(isIssuedBy(l, r)).toBe(false);
    const namesake = createBelow(root, { subject: { commonName: 'Intermediate' }, isCa: true }).certificate;
    expect(isIssuedBy(l, namesake)).toBe(false);
    const withoutId = createBelow(root, { subject: { commonName: 'Intermediate' }, isCa: true, includeSubjectKeyId: false }).certificate;
    expect(isIssuedBy(l, withoutId)).toBe(true);
    expect(verifySignature(l, withoutId)).toBe(false);
    expect(verifySignature(l, i)).toBe(true);
  });
});
