// Deploying through a scripted installer: the order of steps, and what happens when the server does not come back.
import { silentLog } from '@certward/base';
import type { Installer } from '@certward/engine';
import { describe, expect, test } from 'vitest';
import { parseArguments } from '../args/parse.ts';
import { Terminal } from '../terminal/terminal.ts';
import { deployCertificate } from './deploy.ts';
import { requestedEnhancements, supportedEnhancements } from './enhancements.ts';

const paths = { cert: '/live/a/cert.pem', chain: '/live/a/chain.pem', fullchain: '/live/a/fullchain.pem', privkey: '/live/a/privkey.pem' };

function scripted(steps: string[], { restart = () => Promise.resolve() }: { readonly restart?: () => Promise<void> } = {}): Installer {
  const note = (step: string) => Promise.resolve(void steps.push(step));
  return {
    name: 'scripted',
    enhancements: ['redirect'],
    prepare: () => note('prepare'),
    names: () => [],
    deploy: async (name) => {
      if (name === 'nowhere.test') throw new Error('no virtual host');
      await note(`deploy ${name}`);
      return { messages: [`deployed ${name}`], files: [] };
    },
    enhance: () => Promise.resolve({ messages: [], files: [] }),
    pendingChanges: () => [],
    save: (title) => note(`save ${title}`),
    configTest: () => note('test'),
    restart: async () => {
      await note('restart');
      await restart();
    },
    rollback: async (count) => {
      await note(`rollback ${count}`);
      return { rolledBack: count };
    },
  };
}

function contextFor(line = 'install') {
  const printed: string[] = [];
  const streams = { stdinIsTerminal: false, stdoutIsTerminal: false, stderrIsTerminal: false, writeOut: (text: string) => void printed.push(text), writeError: (text: string) => void printed.push(text) };
  const terminal = new Terminal(streams, { quiet: false, json: false, verbosity: 0, colours: false });
  const parsed = parseArguments(line.split(' '), { iniFiles: [] });
  return { printed, context: { terminal, arguments: parsed, log: silentLog, signal: new AbortController().signal } as unknown as Parameters<typeof deployCertificate>[2] };
}

describe('deploying', () => {
  test('edits for every name, one save, one reload, then says where it went', async () => {
    const steps: string[] = [];
    const { context, printed } = contextFor();
    await deployCertificate(scripted(steps), { names: ['a.test', 'b.test'], paths }, context);
    expect(steps).toEqual(['deploy a.test', 'deploy b.test', 'save Deployed ACME Certificate', 'restart']);
    expect(printed.join('')).toBe('Deploying certificate\ndeployed a.test\ndeployed b.test\n');
  });

  test('saves nothing when one name has no virtual host', async () => {
    const steps: string[] = [];
    const deployed = deployCertificate(scripted(steps), { names: ['a.test', 'nowhere.test'], paths }, contextFor().context);
    await expect(deployed).rejects.toThrow('no virtual host');
    expect(steps).toEqual(['deploy a.test']);
  });

  test('takes the change back when the server does not come up with it', async () => {
    const steps: string[] = [];
    const installer = scripted(steps, { restart: () => Promise.reject(new Error('address in use')) });
    await expect(deployCertificate(installer, { names: ['a.test'], paths }, contextFor().context)).rejects.toThrow('address in use');
    expect(steps.slice(-2)).toEqual(['restart', 'rollback 1']);
  });
});

describe('enhancements', () => {
  const requested = (line: string, redirectByDefault: boolean) => requestedEnhancements(parseArguments(line.split(' '), { iniFiles: [] }).values, { redirectByDefault });

  test.each([
    ['run', true, ['redirect']],
    ['run --no-redirect', true, []],
    ['enhance', false, []],
    ['enhance --redirect --uir --hsts --staple-ocsp', false, ['hsts', 'redirect', 'staple', 'uir']],
    ['run --must-staple --no-redirect', true, ['staple']],
    ['run --must-staple --no-staple-ocsp --no-redirect', true, []],
  ] as const)('"%s" with default %s asks for %j', (line, redirectByDefault, expected) => {
    expect(requested(line, redirectByDefault)).toEqual(expected);
  });

  test('what the installer does not have is left out, with a word where it was typed', () => {
    const { context, printed } = contextFor('enhance --uir --redirect');
    expect(supportedEnhancements(scripted([]), ['redirect', 'uir'], context)).toEqual(['redirect']);
    expect(printed.join('')).toContain('Option --uir is not supported by the selected installer.');
  });
});
