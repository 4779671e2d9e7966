// Edits change what they must and nothing else, in the style of what stands around.
import { describe, expect, test } from 'vitest';
import { appendLines, commentOut, copySection, prependLines, removeNode, replaceArgument, replaceArguments } from './edit.ts';
import type { DirectiveNode, SectionNode } from './nodes.ts';
import { parseConfig } from './parse.ts';
import { printConfig } from './print.ts';

const open = (text: string) => {
  const document = parseConfig(text, 'a.conf');
  const section = document.children.find((node): node is SectionNode => node.kind === 'section');
  if (section === undefined) throw new Error('the test needs a section');
  const directive = section.children.find((node): node is DirectiveNode => node.kind === 'directive');
  return { document, section, directive, print: () => printConfig(document) };
};

describe('adding lines', () => {
  test.each([
    { name: 'tabs', before: '<A>\n\tB c\n\n</A>', after: '<A>\n\tX y\n\tB c\n\tY z\n\n</A>' },
    { name: 'CRLF', before: '<A>\r\n   B c\r\n</A>\r\n', after: '<A>\r\n   X y\r\n   B c\r\n   Y z\r\n</A>\r\n' },
    { name: 'empty section', before: '  <A>\n  </A>\n', after: '  <A>\n      X y\n      Y z\n  </A>\n' },
    { name: 'comment last', before: '<A>\nB c\n# d\n</A>\n', after: '<A>\nX y\nB c\n# d\nY z\n</A>\n' },
  ])('$name', ({ before, after }) => {
    const { section, print } = open(before);
    prependLines(section, ['X y']);
    appendLines(section, ['Y z']);
    expect(print()).toBe(after);
  });

  test('to a file without final line end', () => {
    const { document, print } = open('<A>\n</A>');
    appendLines(document, ['<B>', '    C d', '</B>']);
    expect(print()).toBe('<A>\n</A>\n<B>\n    C d\n</B>\n');
  });
});

describe('changing lines', () => {
  test('one argument, keeping quotes, spacing and continuation', () => {
    const { directive, print } = open('<A>\n  B   \'c d\'  \\\n   e  \n</A>\n');
    if (directive === undefined) throw new Error('there is one');
    replaceArgument(directive, 0, "it's");
    replaceArgument(directive, 1, 'f g');
    expect(print()).toBe("<A>\n  B   'it\\'s'  \\\n   \"f g\"  \n</A>\n");
  });

  test('the arguments of a section', () => {
    const { section, print } = open('<A  *:80   *:81 >\n</A>\n');
    replaceArguments(section, ['*:443']);
    expect(print()).toBe('<A  *:443 >\n</A>\n');
  });

  test('into comments, all lines of it, and out', () => {
    const { section, directive, print } = open('<A>\n  B c \\\n    d\n  E f\n</A>\n');
    if (directive === undefined) throw new Error('there is one');
    commentOut(section, directive);
    expect(print()).toBe('<A>\n  # B c \\\n    # d\n  E f\n</A>\n');
    for (const child of section.children.slice()) removeNode(section, child);
    expect(print()).toBe('<A>\n</A>\n');
  });

  test('a copy shares nothing', () => {
    const { section, print } = open('<A b>\n  B c\n</A>');
    const copy = copySection(section);
    replaceArguments(copy, ['z']);
    expect(printConfig(copy)).toBe('<A z>\n  B c\n</A>\n');
    expect(print()).toBe('<A b>\n  B c\n</A>');
  });
});
