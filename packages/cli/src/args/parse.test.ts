import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { CliError } from '../errors.ts';
import { parseArguments } from './parse.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function parse(line: string | readonly string[], iniFiles: readonly string[] = []) {
  return parseArguments(typeof line === 'string' ? line.split(' ').filter((word) => word !== '') : line, { iniFiles, environment: {} });
}

function iniFile(content: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'cli-ini-'));
  folders.push(folder);
  const file = path.join(folder, 'cli.ini');
  writeFileSync(file, content);
  return file;
}

function syntaxError(line: string | readonly string[], iniFiles: readonly string[] = []): string {
  try {
    parse(line, iniFiles);
  } catch (error) {
    expect(error).toBeInstanceOf(CliError);
    expect((error as CliError).code).toBe('argumentSyntax');
    return (error as CliError).message;
  }
  throw new Error('expected a syntax error');
}

describe('the verb', () => {
  test.each([
    ['', 'run'],
    ['certonly -n', 'certonly'],
    ['-n -d a.test certonly', 'certonly'],
    ['auth', 'certonly'],
    ['everything', 'run'],
    ['--cert-name x renew', 'renew'],
  ])('of "%s" is %s', (line, verb) => {
    expect(parse(line).verb).toBe(verb);
  });

  test('is never the value of an option', () => {
    const { verb, values } = parse('certonly --cert-name renew -d delete');
    expect(verb).toBe('certonly');
    expect(values.certName).toBe('renew');
    expect(values.domains).toEqual(['delete']);
  });

  test('can be said only once', () => {
    expect(syntaxError('certonly renew')).toBe('unrecognized arguments: renew');
  });
});

describe('options', () => {
  test.each([
    ['--cert-name=x', 'x'],
    ['--cert-name x', 'x'],
    ['--cert-n x', 'x'],
    ['--cert-name=a=b', 'a=b'],
    ['--cert-name=', ''],
  ])('take a value as in "%s"', (line, value) => {
    expect(parse(line).values.certName).toBe(value);
  });

  test('short ones may be joined, the last with its value', () => {
    const { values } = parse('-nvv -dfoo.test -d=bar.test -qd baz.test');
    expect(values).toMatchObject({ nonInteractive: true, verbose: 2, quiet: true, domains: ['foo.test', 'bar.test', 'baz.test'] });
  });

  test.each(['--dom a.test', '--domain a.test', '--domains a.test'])('aliases of one option do not make "%s" ambiguous', (line) => {
    expect(parse(line).values.domains).toEqual(['a.test']);
  });

  test.each([
    ['--preferred-challenge dns', 'preferredChallenges', ['dns']],
    ['--register-unsafely', 'registerUnsafelyWithoutEmail', true],
    ['--agree', 'agreeTos', true],
    ['--non-int', 'nonInteractive', true],
    ['--stag', 'staging', true],
    ['--keep-until', 'keep', true],
    ['--no-reuse', 'reuseKey', false],
  ] as const)('abbreviation %s', (line, name, value) => {
    expect(parse(line).values[name]).toEqual(value);
  });

  test('an ambiguous abbreviation names the candidates', () => {
    expect(syntaxError('--renew')).toBe('ambiguous option: --renew could match --renew-by-default, --renew-with-new-domains, --renew-hook');
  });

  test('pairs: the last word counts, and silence is a third state', () => {
    expect(parse('--redirect --no-redirect').values.redirect).toBe(false);
    expect(parse('--no-redirect --redirect').values.redirect).toBe(true);
    expect(parse('').values.redirect).toBeUndefined();
  });

  test('a value may look like a negative number or contain blanks', () => {
    expect(parse(['--pre-hook', '- x y']).values.preHook).toBe('- x y');
    expect(parse(['--pre-hook', '-1']).values.preHook).toBe('-1');
  });

  test.each([
    ['--bogus', 'unrecognized arguments: --bogus'],
    ['foo bar', 'unrecognized arguments: foo bar'],
    ['-- foo', 'unrecognized arguments: foo'],
    ['-d', 'argument -d/--domains/--domain: expected one argument'],
    ['-d -n', 'argument -d/--domains/--domain: expected one argument'],
    ['-n=x', "argument -n/--non-interactive/--noninteractive: ignored explicit argument 'x'"],
    ['--rsa-key-size x', "argument --rsa-key-size: invalid int value: 'x'"],
    ['--key-type foo', "argument --key-type: invalid choice: 'foo' (choose from 'rsa', 'ecdsa')"],
    ['--max-log-backups -1', 'argument --max-log-backups: must be a non-negative integer'],
    ['-nx', "argument -n/--non-interactive/--noninteractive: ignored explicit argument 'x'"],
  ])('"%s" is refused', (line, message) => {
    expect(syntaxError(line)).toBe(message);
  });

  test('dead ones are accepted with one warning each', () => {
    const { warnings } = parse('--os-packages-only --os-packages-only --tls-sni-01-port 5001 renew');
    expect(warnings).toEqual(['Use of --os-packages-only is deprecated.', 'Use of --tls-sni-01-port is deprecated.']);
  });

  test('sources say what was typed', () => {
    const { sources } = parse('-n --server https://ca.test/dir');
    expect(sources.get('server')).toBe('typed');
    expect(sources.has('keyType')).toBe(false);
  });

  test('any list of words gives arguments or a syntax error', () => {
    const word = fc.oneof(fc.string(), fc.constantFrom('-d', '--', '-', '-nq', '--json', 'renew', '--cert-name', '--key-type=rsa', '-w', '--h', '-h'));
    fc.assert(
      fc.property(fc.array(word), (words) => {
        try {
          parse(words);
        } catch (error) {
          expect(error).toBeInstanceOf(CliError);
        }
      }),
    );
  });
});

describe('help and version', () => {
  test.each([
    ['-h', undefined],
    ['--help', undefined],
    ['--help certonly', 'certonly'],
    ['certonly --help', 'certonly'],
    ['certonly -h webroot', 'webroot'],
    ['help renew', 'renew'],
    ['help', undefined],
  ])('"%s" asks for help on %s', (line, topic) => {
    expect(parse(line).help).toEqual({ topic });
  });

  test('--version is seen anywhere', () => {
    expect(parse('renew --version').version).toBe(true);
  });
});

describe('cli.ini', () => {
  test('what Debian ships is read without complaint', () => {
    const file = iniFile('# Because we are using logrotate for greater flexibility, disable the\n# internal certbot logrotation.\nmax-log-backups = 0\n# Adjust interactive output regarding automated renewal\npreconfigured-renewal = True\n');
    const { values, sources } = parse('renew', [file]);
    expect(values.maxLogBackups).toBe(0);
    expect(values.preconfiguredRenewal).toBe(true);
    expect(sources.get('maxLogBackups')).toBe('file');
  });

  test('later files win, what is typed beats all, lists are not merged', () => {
    const weak = iniFile('email = weak@a.test\nrsa-key-size = 3072\ndomains = a.test, b.test\n');
    const strong = iniFile('email: strong@a.test\n');
    const { values } = parse(['certonly', '-d', 'c.test', '-c', strong], [weak]);
    expect(values.email).toBe('strong@a.test');
    expect(values.rsaKeySize).toBe(3072);
    expect(values.domains).toEqual(['c.test']);
  });

  test('False in a stronger file takes back what a weaker one says', () => {
    const [weak, strong] = [iniFile('preconfigured-renewal = True\n'), iniFile('preconfigured-renewal = False\n')];
    expect(parse(['certonly', '-c', strong], [weak]).values.preconfiguredRenewal).toBe(false);
  });

  test('names are dropped for renew only', () => {
    const file = iniFile('domains = a.test\n');
    expect(parse('renew', [file]).values.domains).toEqual([]);
    expect(parse('certonly', [file]).values.domains).toEqual(['a.test']);
  });

  test.each([
    ['bogus = False', 'unrecognized arguments: --bogus=False'],
    ['dry_run = true', 'unrecognized arguments: --dry_run=True'],
    ['dry-run = maybe', "Unexpected value for dry-run: 'maybe'. Expecting 'true', 'false', 'yes', 'no', '1' or '0'"],
    ['key-type = dsa', "argument --key-type: invalid choice: 'dsa' (choose from 'rsa', 'ecdsa')"],
  ])('"%s" is refused', (content, message) => {
    expect(syntaxError('renew', [iniFile(content)])).toBe(message);
  });

  test('a file of -c that is not there is a syntax error', () => {
    expect(syntaxError('-c /nonexistent/cli.ini')).toMatch(/^unable to open config file: \/nonexistent\/cli.ini/);
  });
});
