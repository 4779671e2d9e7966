// Lines and words of HAProxy's configuration: lossless, split as HAProxy splits them, edited in place.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { bindsOf, listeningSections, listensOn, modeOf } from './binds.ts';
import { HaproxyDocument } from './document.ts';
import { mentionedNames } from './hosts.ts';
import { quoteWord, splitWords } from './words.ts';

const open = (text: string) => new HaproxyDocument(Buffer.from(text));
const print = (document: HaproxyDocument) => Buffer.from(document.toBytes()).toString();

describe('words', () => {
  test.each([
    ['bind :443 ssl crt /a', ['bind', ':443', 'ssl', 'crt', '/a']],
    ['\t log-format "%ci \\"x\\" #1"\t# comment', ['log-format', '%ci "x" #1']],
    [String.raw`acl a path 'a\b'"c"\ d\#e`, ['acl', 'a', 'path', String.raw`a\bc d#e`]],
    [String.raw`x \x41\n "$HOME"`, ['x', 'A\n', '$HOME']],
    ['open "never closed # here', ['open', 'never closed # here']],
    ['# only a comment', []],
    ['trailing \\', ['trailing', '']],
  ])('of %j', (line, words) => {
    expect(splitWords(line).map(({ value }) => value)).toEqual(words);
  });

  test('a quoted value is read back as one word', () => {
    fc.assert(fc.property(fc.string({ unit: fc.integer({ min: 32, max: 255 }).map((code) => String.fromCharCode(code)), minLength: 1 }), (value) => {
      expect(splitWords(`x ${quoteWord(value)} y`).map((word) => word.value)).toEqual(['x', value, 'y']);
    }));
  });
});

describe('a document', () => {
  test('comes back byte for byte, whatever it is', () => {
    const piece = fc.constantFrom('frontend f', 'bind :1', ' ', '"', "'", '\\', '#', '\n', '\r\n', '\r', '\t', 'é', 'global', 'mode http');
    const bytes = fc.oneof(fc.uint8Array(), fc.array(piece).map((pieces) => Buffer.from(pieces.join(''))));
    fc.assert(fc.property(bytes, (content) => {
      const document = new HaproxyDocument(content);
      for (const section of listeningSections(document)) mentionedNames(document, section).has(modeOf(document, section) + bindsOf(document, section).length);
      expect(Buffer.compare(document.toBytes(), content)).toBe(0);
    }));
  });

  test('edits touch nothing else: comments, blank space and line ends stay', () => {
    const document = open('frontend f\r\n\tbind  :80 ssl  crt "/a b"  # why\r\n\r\n');
    document.replaceWord(1, 4, '/new path/é.pem');
    expect(print(document)).toBe("frontend f\r\n\tbind  :80 ssl  crt '/new path/é.pem'  # why\r\n\r\n");
    document.insertWords(1, Number.POSITIVE_INFINITY, ['crt', '/b']);
    document.insertWords(1, 2, ['x']);
    document.insertLine(3, 'last');
    expect(print(document)).toBe("frontend f\r\n\tbind  :80 x ssl  crt '/new path/é.pem' crt /b  # why\r\n\r\nlast\r\n");
  });

  test('a last line without an end gets one before ours', () => {
    const document = open('a');
    document.insertLine(1, 'b');
    expect(print(document)).toBe('a\nb\n');
  });
});

describe('sections and binds', () => {
  const document = open(`global
  crt-base /etc/tls
defaults base
  mode http
defaults
  mode tcp
frontend one from base
  bind :80,[::]:80
  bind 10.0.0.1:8000-8100 name ssl
  bind :443 ssl crt a.pem crt /b.pem crt-list list.txt
  acl x req.hdr(host) -i A.example *.b.example
  use_backend y if { ssl_fc_sni -i c.example } x
frontend two
  bind /run/socket
`);
  const [one, two] = listeningSections(document);
  if (one === undefined || two === undefined) throw new Error('no sections');

  test('are read with what they inherit', () => {
    expect([modeOf(document, one), modeOf(document, two)]).toEqual(['http', 'tcp']);
    expect([...mentionedNames(document, one)]).toEqual(['a.example', '*.b.example', 'c.example']);
  });

  test('know their addresses and certificates', () => {
    const binds = bindsOf(document, one);
    expect(binds.map((bind) => [bind.ssl, listensOn(bind, 80), listensOn(bind, 8050)])).toEqual([[false, true, false], [false, false, true], [true, false, false]]);
    expect(binds[2]?.certificates).toEqual([{ kind: 'crt', index: 4, path: '/etc/tls/a.pem' }, { kind: 'crt', index: 6, path: '/b.pem' }, { kind: 'crt-list', index: 8, path: 'list.txt' }]);
    expect(bindsOf(document, two)[0]?.addresses).toEqual(['/run/socket']);
  });
});
