// The snippets of the README are the examples, and the examples do what they say.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { csrPem, privkeyPem } from '../examples/01-certificate-request.ts';
import { facts, isTrusted } from '../examples/02-issue-and-read.ts';
import { isGenuine, keyAuthorization } from '../examples/03-sign-a-request.ts';
import { keysMatch, parseCsr, parsePrivateKeyPem } from './index.ts';

test('the README shows the examples as they are', () => {
  const folder = new URL('../examples/', import.meta.url);
  const examples = readdirSync(folder).toSorted().map((file) => readFileSync(new URL(file, folder), 'utf8').replace(/^\/\/.*\n/, ''));
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const snippets = [...readme.matchAll(/```ts\n([^]*?)```/g)].map(([, snippet]) => snippet);
  expect(snippets).toEqual(examples);
});

test('the examples do what they say', () => {
  const csr = parseCsr(csrPem);
  expect(csr.identifiers.map(({ value }) => value)).toEqual(['example.com', '*.example.com', '2001:db8::1']);
  expect(keysMatch(csr.publicKey, parsePrivateKeyPem(privkeyPem))).toBe(true);
  expect(isTrusted).toBe(true);
  expect(facts).toMatchObject({ serial: '008765', names: [{ type: 'dns', value: 'example.com' }] });
  expect(facts.certId).toMatch(/^[\w-]{27}\.AIdl$/);
  expect(isGenuine).toBe(true);
  expect(keyAuthorization).toMatch(/^token\.[\w-]{43}$/);
});
