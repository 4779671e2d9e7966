// Definitions of targets: what is read, and what is refused with the name of the field.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { parseFileTarget } from './definition.ts';
import { FileTargetError } from './errors.ts';
import { presets } from './presets.ts';

const output = { format: 'pem', part: 'privkey', path: '/srv/key.pem' };

describe('a definition', () => {
  test('is read with its defaults', () => {
    expect(parseFileTarget({ outputs: [output, { format: 'combined', path: '/srv/all.pem', owner: 7, group: 'web', mode: '0640' }], command: ['reload', ''], check: { port: 443 } })).toEqual({
      name: '/srv/key.pem',
      outputs: [
        { ...output, owner: undefined, group: undefined, mode: 0o600 },
        { format: 'combined', order: ['fullchain', 'privkey'], path: '/srv/all.pem', owner: '7', group: 'web', mode: 0o640 },
      ],
      command: ['reload', ''],
      check: { host: '127.0.0.1', port: 443, servername: undefined, startTls: undefined, timeoutMs: 15_000 },
    });
  });

  test.each(Object.keys(presets))('the preset %s can be used as it is, and changed', (preset) => {
    expect(parseFileTarget({ preset })).toMatchObject({ name: preset, command: expect.any(Array) as unknown, check: expect.any(Object) as unknown });
    expect(parseFileTarget({ preset, name: 'mine', command: 'none', check: 'none' })).toMatchObject({ name: 'mine', command: undefined, check: undefined });
  });

  test.each([
    ['no object', [], 'the target'],
    ['a misspelt field', { outputs: [{ ...output, mod: '0600' }] }, 'outputs[0]'],
    ['no output', { outputs: [] }, 'outputs'],
    ['a path twice', { outputs: [output, output] }, 'outputs'],
    ['a relative path', { outputs: [{ ...output, path: 'key.pem' }] }, 'outputs[0].path'],
    ['a key for everybody', { outputs: [{ ...output, mode: '0644' }] }, 'outputs[0].mode'],
    ['a mode that reads as decimal', { outputs: [{ ...output, mode: 640 }] }, 'outputs[0].mode'],
    ['a shell command', { outputs: [output], command: 'postfix reload' }, 'command'],
    ['a passphrase in the open', { outputs: [{ format: 'pfx', path: '/a', passphrase: 'hunter2' }] }, 'outputs[0].passphrase'],
    ['two passphrases', { outputs: [{ format: 'pfx', path: '/a', passphrase: { env: 'A', file: '/b' } }] }, 'outputs[0].passphrase'],
    ['an alias that is none', { outputs: [{ format: 'jks', path: '/a', passphrase: { env: 'A' }, alias: 'a b' }] }, 'outputs[0].alias'],
    ['a protocol that is none', { outputs: [output], check: { port: 25, startTls: 'ftp' } }, 'check.startTls'],
    ['a port that is none', { outputs: [output], check: { port: 70_000 } }, 'check.port'],
    ['an unknown preset', { preset: 'exim' }, 'preset'],
  ])('%s is refused', (_what, definition, field) => {
    expect(() => parseFileTarget(definition)).toThrow(expect.objectContaining({ code: 'definitionInvalid', details: { field } }));
  });

  test('a passphrase in the open is not repeated in the error', () => {
    expect(() => parseFileTarget({ outputs: [{ format: 'pfx', path: '/a', passphrase: 'hunter2' }] })).toThrow(expect.objectContaining({ message: expect.not.stringContaining('hunter2') as string }));
  });

  test('whatever it is, the answer is a target or our error', () => {
    fc.assert(fc.property(fc.anything(), (definition) => {
      try {
        parseFileTarget(definition);
      } catch (error) {
        expect(error).toBeInstanceOf(FileTargetError);
      }
    }));
  });
});
