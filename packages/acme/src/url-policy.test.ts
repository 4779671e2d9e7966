import { describe, expect, test } from 'vitest';

import { createUrlPolicy } from './url-policy.ts';

describe('createUrlPolicy', () => {
  const policy = createUrlPolicy();

  test.each(['https://ca.example/acme/order/1', 'https://[2001:db8::1]:14000/dir', 'https://ca.example/a%2Fb?x=1&y=2', 'https://CA.example/Order'])('returns "%s" byte for byte', (url) => {
    expect(policy.check(url, 'a url')).toBe(url);
  });

  test.each([
    { name: 'plain http', url: 'http://ca.example/dir' },
    { name: 'another scheme', url: 'file:///etc/passwd' },
    { name: 'a relative url', url: '/acme/order/1' },
    { name: 'credentials', url: 'https://user:secret@ca.example/' },
    { name: 'a fragment', url: 'https://ca.example/#a' },
    { name: 'blanks', url: 'https://ca.example/a b' },
    { name: 'a line break', url: 'https://ca.example/\r\nX: y' },
    { name: 'a backslash', url: 'https://ca.example\\@evil.example/' },
    { name: 'non-ASCII', url: 'https://cä.example/' },
    { name: 'nothing', url: '' },
    { name: 'overlength', url: `https://ca.example/${'a'.repeat(2_100)}` },
  ])('refuses $name', ({ url }) => {
    expect(() => policy.check(url, 'the order url')).toThrow(expect.objectContaining({ code: 'urlRefused', message: expect.stringContaining('the order url') as string }));
  });

  test('lets plain http through when told so, and nothing else', () => {
    const lenient = createUrlPolicy({ allowHttp: true });
    expect(lenient.check('http://127.0.0.1:4000/dir', 'a url')).toBe('http://127.0.0.1:4000/dir');
    expect(() => lenient.check('ftp://127.0.0.1/', 'a url')).toThrow('is not https');
  });

  test("asks the program's own check", () => {
    const own = createUrlPolicy({ acceptUrl: (url) => url.hostname === 'ca.example' });
    expect(own.check('https://ca.example/x', 'a url')).toBe('https://ca.example/x');
    expect(() => own.check('https://10.0.0.1/x', 'a url')).toThrow('is not accepted here');
  });
});
