// The ConfigObj reader and writer, held to Python's implementation.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { StoreError } from '../files/errors.ts';
import { createConfigObj, parseConfigObj } from './document.ts';
import type { ConfigSection } from './section.ts';
import { hasOracle, oracleParse, oracleWrite, type Plain } from './testdata/oracle.ts';

/** Our reading as plain data, without interpolation unless asked. */
function read(text: string, { interpolation = false } = {}): Plain | undefined {
  try {
    return plain(parseConfigObj(text).root, interpolation);
  } catch (error) {
    expect(error).toBeInstanceOf(StoreError);
    expect(error).toMatchObject({ code: 'confMalformed' });
    return undefined;
  }
}

function plain(section: ConfigSection, interpolation: boolean): Plain {
  const values = section.keys().map((key) => [key, interpolation ? section.get(key) : section.getLiteral(key)]);
  return Object.fromEntries([...values, ...section.sections().map((one) => [one.name, plain(one, interpolation)])]) as Plain;
}

const handMade = [
  '', '\n', '# only a comment', 'a = 1', 'a=1\n', '  a   =   1  \n', 'a =', 'a = ""', "a = ''", 'a = # c', 'a = b # c', 'a = b#c', 'a = #',
  'a = b,', 'a = ,', 'a = , # c', 'a = b, c', 'a = b,c , d', 'a = "b, c", d', "a = 'b', \"c\"", 'a = b,,c', 'a = ,b', 'a = b, , c', 'a = b, "", c',
  'a = b, # c', 'a = "b" # c', 'a = "b"c', 'a = "b" c', 'a = b "c" d', "a = 'it''s'", "a = it's", 'a = "it\'s"', 'a = "b', 'a = b"', "a = '", 'a = "x","y","z" "',
  'a = """b"""', "a = '''b\nc'''", "a = '''b\nc''' # d", "a = '''b\nc''' d", "a = '''b", "a = '''b'''c'''", "a = '''b''' c '''", "a = ''''b'''", 'a = """b\r\nc"""\r\n',
  '"a" = 1', '"a = b" = 1', "'a' = 1", '"a = 1', ' = 1', '= 1', 'a', 'a b', '"a"b" = 1', 'a"b = 1', ' "a = 1', 'ä = ö', 'a = b=c', 'a\t=\tb',
  '[s]', '[ s ]', '["s"]', '[s] # c', '[s]c', '[s]]', '[[s]]', '[s]\n[[t]]\n[u]\n', '[s]\n[[[t]]]', '[s]\na=1\n[s]', 'a=1\na=2', 'a=1\n[a]', '[a=b', '[]', '[ ]', '[s] # ]',
  '[s]\n[[t]]\na=1\n[[u]]\na=2\n[v]\na=3', '[a]b]', "['a]']", '[renewalparams]\n[[webroot_map]]\na.test = /srv\n', '[a\n]', '[[]]', '[[a]', '[a] ]', '[a] ] #',
  'a = 1\r\nb = 2\r\n', 'a = 1\rb = 2\r', '\uFEFFa = 1\n', 'a = 1\n  # indented\n  b = 2', 'a = 1 \x0b\nb = 2\x0cc = 3', 'a = x\u2028y = 1', 'a = \u00a0x\u00a0', 'a = x\u0085',
  'a\n', 'a = "b", c"', 'a = b" , c', "a = 'b\" , c", 'a = "b", "c', 'a = "b"", c', 'a = "b" ", c', 'a = b ,', 'a = b , # x', 'a = "a#b"', 'a = "a#b", c', 'a = b, c#d, e', 'a = \\"b\\"',
];

const fragment = fc.constantFrom('a', 'b', 'key', '=', ' = ', '"', "'", '"""', "'''", ',', ', ', '#', ' # ', '[', ']', '[s]', '[[t]]', ' ', '\t', '\n', '\n', '\r\n', '%(a)s', 'ä', '\\', '\u00a0');
const anyText = fc.array(fragment, { maxLength: 24 }).map((parts) => parts.join(''));
const anyLine = fc.array(fc.constantFrom('a', ' ', ',', '"', "'", '#', 'b', ', '), { maxLength: 12 }).map((parts) => `k = ${parts.join('')}`);

// Needs Certbot or its libraries, which the test-bed installs on Debian.
describe.runIf(hasOracle())('beside the reader that Certbot uses', () => {
  test('hand-made cases read the same, and the same ones are refused', () => {
    const expected = oracleParse(handMade);
    handMade.forEach((text, index) => expect({ text, read: read(text) }).toEqual({ text, read: expected[index] }));
  });

  test('generated texts read the same', () => {
    const texts = [...fc.sample(anyText, 6000), ...fc.sample(anyLine, 6000)];
    const expected = oracleParse(texts);
    texts.forEach((text, index) => expect({ text, read: read(text) }).toEqual({ text, read: expected[index] }));
  });

  test('interpolation gives the same wherever it succeeds there', () => {
    const texts = [
      'a = 1\nb = date +%(a)s', 'a = 1\n[s]\nb = %(a)s%(a)s', '[DEFAULT]\na = 1\n[s]\nb = %(a)s', 'a = 1\nb = %(a)s, %(a)s', 'a = 1\nb = %%(a)s %% %(a', 'a = %(b)s\nb = %(c)s\nc = 3',
      'a = 1\n[s]\na = 2\nb = %(a)s', '[s]\n[[DEFAULT]]\na=1\n[[t]]\nb = %(a)s',
    ];
    const expected = oracleParse(texts, { interpolation: true });
    texts.forEach((text, index) => expect({ text, read: read(text, { interpolation: true }) }).toEqual({ text, read: expected[index] }));
  });

  test('what we write for any value reads back there unchanged', () => {
    const text = fc.oneof(fc.string(), fc.array(fc.constantFrom('a', '"', "'", ',', '#', ' ', '=', '%', '[', ']', '\n', 'é'), { maxLength: 8 }).map((parts) => parts.join('')));
    const samples = fc.sample(fc.oneof(text, fc.array(text, { maxLength: 4 })), 4000);
    const written = samples.flatMap((value) => {
      const document = createConfigObj();
      try {
        document.root.set('k', value);
      } catch (error) {
        expect(error).toMatchObject({ code: 'confUnwritable' });
        return [];
      }
      return [{ value, text: document.toString() }];
    });
    expect(written.length).toBeGreaterThan(2000);
    const there = oracleParse(written.map((one) => one.text));
    written.forEach(({ value, text: line }, index) => {
      expect({ line, read: read(line) }).toEqual({ line, read: { k: value } });
      expect({ line, read: there[index] }).toEqual({ line, read: { k: value } });
    });
  });

  test('quotes as that writer does', () => {
    const values = ['', 'plain', 'a, b', 'a#b', ' a', 'a ', '"a', "a'", 'a"b', 'a"b, c', `a'b"c`, `a'b", c`, 'a\nb', [], ['a'], ['a', 'b, c'], ['', 'a#'], 'é', '%(x)s', 'a=b'];
    const expected = oracleWrite(values.map((k) => ({ k })));
    values.forEach((value, index) => {
      const document = createConfigObj();
      document.root.set('k', value);
      expect(document.toString()).toBe(expected[index]);
    });
  });
});

describe('editing', () => {
  const conf = [
    '# renew_before_expiry = 30 days', 'version = 2.1.0', 'cert = /live/a/cert.pem # the link', '', '# Options used in the renewal process', '[renewalparams]',
    'account = 1', '  # why webroot', '  authenticator=webroot', '# about the map', '[[webroot_map]]', 'a.test = /srv', '# last words', '',
  ].join('\n');

  test('gives back every byte of an unedited text', () => {
    const texts = [...fc.sample(anyText, 2000), ...handMade].filter((text) => read(text) !== undefined);
    expect(texts.map((text) => parseConfigObj(text).toString())).toEqual(texts);
  });

  test('renders an edited document from its parts without losing a byte', () => {
    const texts = [...fc.sample(anyText, 3000), ...handMade].filter((text) => read(text) !== undefined && !text.includes('edited'));
    for (const text of texts) {
      const document = parseConfigObj(text);
      if (document.root.has('edited')) continue;
      document.root.set('edited', 'x');
      document.root.delete('edited');
      expect([text, `${text}\n`, `${text}\r\n`, `${text}\r`]).toContain(document.toString());
    }
  });

  test('replaces only the value, keeping indentation, spacing and the inline comment', () => {
    const document = parseConfigObj(conf);
    document.root.set('cert', '/other/cert.pem');
    document.root.section('renewalparams')?.set('authenticator', 'a, b');
    expect(document.toString()).toBe(conf.replace('/live/a/cert.pem', '/other/cert.pem').replace('=webroot', '= "a, b"'));
  });

  test('adds a key after the last of its section, above comments that belong to the next section', () => {
    const document = parseConfigObj(conf);
    document.root.section('renewalparams')?.set('key_type', 'rsa');
    document.root.set('archive_dir', '/archive/a');
    expect(document.toString()).toBe(conf.replace('authenticator=webroot\n', 'authenticator=webroot\n  key_type = rsa\n').replace('# the link\n', '# the link\narchive_dir = /archive/a\n'));
  });

  test('removes a key and a section but never a comment above them', () => {
    const document = parseConfigObj(conf);
    const params = document.root.section('renewalparams');
    expect(params?.delete('authenticator')).toBe(true);
    expect(params?.delete('webroot_map')).toBe(true);
    expect(params?.delete('webroot_map')).toBe(false);
    expect(document.toString()).toBe(conf.replace('  authenticator=webroot\n', '').replace('[[webroot_map]]\na.test = /srv\n', ''));
  });

  test('adds a section where it belongs, leaving the comments at the end at the end', () => {
    const document = parseConfigObj('[renewalparams]\na = 1\n# about ARI\n[acme_renewal_info]\nb = 2');
    document.root.section('renewalparams')?.addSection('webroot_map').set('a.test', '/srv');
    document.root.section('acme_renewal_info')?.set('c', '3');
    expect(document.toString()).toBe('[renewalparams]\na = 1\n[[webroot_map]]\na.test = /srv\n# about ARI\n[acme_renewal_info]\nb = 2\nc = 3\n');
  });

  test('an equal value is no edit', () => {
    const document = parseConfigObj('a = "x"\nb = y,\n');
    document.root.set('a', 'x');
    document.root.set('b', ['y']);
    expect(document.edited).toBe(false);
  });

  test('keeps CRLF line ends and the byte order mark', () => {
    const document = parseConfigObj('\uFEFFa = 1\r\n[s]\r\n');
    document.root.section('s')?.set('b', `'"\n`);
    expect(document.toString()).toBe(`\uFEFFa = 1\r\n[s]\r\nb = ''''"\r\n'''\r\n`);
    expect(parseConfigObj(document.toString()).root.section('s')?.get('b')).toBe(`'"\n`);
  });

  test('edits read back as intended, and everything else as before', () => {
    fc.assert(
      fc.property(anyText, fc.string({ minLength: 1 }), fc.string(), (text, key, value) => {
        const before = read(text);
        if (before === undefined || typeof before[key] === 'object') return;
        const document = parseConfigObj(text);
        try {
          document.root.set(key, value);
        } catch {
          return;
        }
        expect(read(document.toString())).toEqual({ ...before, [key]: value });
      }),
      { numRuns: 2000 },
    );
  });
});

describe('robustness', () => {
  test('an unknown, cyclic or exploding interpolation reads as written', () => {
    const lines = Array.from({ length: 40 }, (_, index) => `a${index} = %(a${index + 1})s%(a${index + 1})s`).join('\n');
    const { root } = parseConfigObj(`h = date %(nope)s\nx = %(y)s\ny = %(x)s\n${lines}\na40 = zzzz\n`);
    expect(root.get('h')).toBe('date %(nope)s');
    expect(root.get('x')).toBe('%(y)s');
    expect(root.get('a0')).toBe('%(a1)s%(a1)s');
  });

  // Exponential time would be caught by the test's own limit.
  test('hostile quoting is read or refused', () => {
    const texts = [`k = ${'"a",'.repeat(2000)}"`, `k = ${`'`.repeat(3000)}x`, `[${'] '.repeat(3000)}x`, `k = ${'a , '.repeat(3000)}"#`];
    for (const text of texts) expect(() => read(text)).not.toThrow();
  });

  test('names the line of a problem', () => {
    expect(() => parseConfigObj('a = 1\n\n[s]\nb\n')).toThrow('neither a section nor a key in line 4');
    expect(() => parseConfigObj('a = 1\na = 2')).toThrow('the key "a" twice in one section, the second time in line 2');
  });
});
