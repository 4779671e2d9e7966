// Which host a certificate goes to.
import { describe, expect, test } from 'vitest';
import type { SectionNode } from '../parser/nodes.ts';
import { parseConfig } from '../parser/parse.ts';
import { parseAddress } from '../tree/address.ts';
import type { VirtualHost } from '../tree/virtual-host.ts';
import { chooseHosts, chooseHttpHosts } from './choose.ts';
import { certifiableNames } from './names.ts';
import { inWildcardScope, pointsFor } from './points.ts';

function host(addresses: string, names: readonly string[], { ssl = false, inMacro = false } = {}): VirtualHost {
  const document = parseConfig(`<VirtualHost ${addresses}>\n</VirtualHost>\n`, 'a.conf');
  return {
    file: { path: 'a.conf', before: undefined, like: undefined, document },
    section: document.children[0] as SectionNode,
    container: document,
    addresses: addresses.split(' ').map(parseAddress),
    serverName: names[0],
    aliases: names.slice(1),
    ssl,
    inMacro,
    directives: [],
  };
}

describe('points', () => {
  test('six for the name over TLS, down to one for an address', () => {
    const ssl = { ssl: true };
    expect(pointsFor(host('*:443', ['a.test'], ssl), 'a.test')).toBe(6);
    expect(pointsFor(host('*:443', ['x', '*.test'], ssl), 'a.test')).toBe(5);
    expect(pointsFor(host('a.test:443', [], ssl), 'a.test')).toBe(4);
    expect(pointsFor(host('*:80', ['x', 'a.test']), 'a.test')).toBe(3);
    expect(pointsFor(host('*:80', ['x', '?.test']), 'a.test')).toBe(2);
    expect(pointsFor(host('a.test:80', []), 'a.test')).toBe(1);
    expect(pointsFor(host('[2001:db8::1]:443', [], ssl), '2001:db8::1')).toBe(4);
    expect(pointsFor(host('*:443', ['b.test'], ssl), 'a.test')).toBe(0);
    expect(pointsFor(host('*:443', ['a.test'], { ssl: true, inMacro: true }), 'a.test')).toBe(0);
  });
});

describe('choosing', () => {
  test('the first of equals on one address, and twins on other addresses', () => {
    const first = host('192.0.2.1:443', ['a.test'], { ssl: true });
    const shadowed = host('192.0.2.1:443', ['a.test'], { ssl: true });
    const twin = host('[2001:db8::1]:443', ['a.test'], { ssl: true });
    expect(chooseHosts([host('*:80', ['a.test']), first, shadowed, twin], 'a.test')).toEqual([first, twin]);
  });

  test('the only host there is, unless it is a catch-all or there are several', () => {
    const only = host('*:80', ['other.test']);
    const fallback = host('_default_:80', []);
    expect(chooseHosts([fallback, only, host('*:80', [], { inMacro: true })], 'a.test')).toEqual([only]);
    const error = expect.objectContaining({ code: 'virtualHostMissing', hint: expect.stringContaining('ServerName or ServerAlias "a.test"') });
    expect(() => chooseHosts([fallback], 'a.test')).toThrow(error);
    expect(() => chooseHosts([only, host('*:80', ['third.test'])], 'a.test')).toThrow(error);
  });

  test('for a wildcard every host in its scope, over TLS where there is one', () => {
    const plain = host('*:80', ['a.example.test']);
    const ssl = host('*:443', ['a.example.test'], { ssl: true });
    const other = host('*:80', ['b.example.test']);
    expect(chooseHosts([plain, ssl, other, host('*:80', ['c.d.example.test'])], '*.example.test')).toEqual([ssl, other]);
    expect(['a.b.test', 'b.test', '*.b.test', 'x.a.b.test'].map((name) => inWildcardScope(name, '*.b.test'))).toEqual([true, false, true, false]);
  });

  test('for http: hosts that name it, then patterns, then one without any name', () => {
    const named = host('*:80', ['a.test']);
    const pattern = host('*:80', ['x', '*.test']);
    const nameless = host('*:80', []);
    expect(chooseHttpHosts([nameless, pattern, named], ['a.test'], '80')).toEqual([named]);
    expect(chooseHttpHosts([nameless, pattern], ['a.test'], '80')).toEqual([pattern]);
    expect(chooseHttpHosts([nameless, host('*:81', ['a.test'])], ['a.test'], '80')).toEqual([nameless]);
  });
});

test('names for questions: whole, with a dot, neither patterns nor addresses', () => {
  const hosts = [host('192.0.2.1:80', ['b.test', '*.b.test', 'localhost', 'a.test', 'b.test', '${X}.test', 'under_score.test']), host('c.test:80', [])];
  expect(certifiableNames(hosts)).toEqual(['a.test', 'b.test', 'c.test']);
});
