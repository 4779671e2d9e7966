import { expect, test } from 'vitest';
import { withoutCredentials } from './without-credentials.ts';

test.each([
  [['--bogus=False'], ['--bogus=False']],
  [['foo', 'bar'], ['foo', 'bar']],
  [['--eab-hmac-keyy=c2VjcmV0'], ['--eab-hmac-keyy']],
  [['--eab-hmac-keyy', 'c2VjcmV0', 'more'], ['--eab-hmac-keyy', 'more']],
  [['--api-token=x=y'], ['--api-token']],
  [['--bogus', 'value'], ['--bogus', 'value']],
  [['-', '='], ['-', '=']],
])('%j is named %j', (words, named) => {
  expect(withoutCredentials(words)).toEqual(named);
});
