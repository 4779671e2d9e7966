// cli.ini: the three places and the syntax of ConfigArgParse. Turns files into option settings by long name.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { cliError } from '../errors.ts';

/** One setting of a file: a bare key has the value `true`. */
export interface IniSetting {
  readonly key: string;
  readonly value: string | readonly string[];
}

/** The default files that exist, weakest first. The first place does not follow `--config-dir`, as in Certbot. */
export function defaultIniFiles(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  const home = environment['XDG_CONFIG_HOME'] ?? path.join(environment['HOME'] ?? '', '.config');
  return ['/etc/letsencrypt/cli.ini', path.join(home, 'letsencrypt', 'cli.ini')].filter((file) => existsSync(file));
}

/** Reads one file. Throws `argumentSyntax` when it cannot be read or has a line that is no setting. */
export function readIniFile(file: string): readonly IniSetting[] {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unreadable';
    throw cliError('argumentSyntax', `unable to open config file: ${file}. Error: ${reason}`, { cause });
  }
  return parseIni(content, file);
}

const linePattern = /^(?<key>[^:=;#\s]+)(?:\s*[:=]\s*|\s+)(?<value>.*?)(?:\s[;#].*)?$/;
const bareKeyPattern = /^(?<key>[^:=;#\s]+)\s*(?:[:=]\s*)?(?:\s[;#].*)?$/;

/** Parses the text of a file; `file` is for messages. Later lines with the same key win. */
export function parseIni(content: string, file = 'cli.ini'): readonly IniSetting[] {
  const settings = new Map<string, IniSetting>();
  for (const [index, raw] of content.replace(/^\uFEFF/, '').split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === '' || /^[#;[]/.test(line) || line.startsWith('---')) continue;
    const setting = parseLine(line);
    if (setting === undefined) {
      throw cliError('argumentSyntax', `Unexpected line ${index} in ${file}`, { hint: 'write key = value; the line is not shown because it may hold a credential' });
    }
    settings.delete(setting.key);
    settings.set(setting.key, setting);
  }
  return [...settings.values()];
}

function parseLine(line: string): IniSetting | undefined {
  const { key: spelled, value } = bareKeyPattern.exec(line)?.groups ?? linePattern.exec(line)?.groups ?? {};
  // Keys may be written with the leading dashes of the command line.
  const key = spelled?.replace(/^--/, '') ?? '';
  if (key === '') return undefined;
  return { key, value: value === undefined ? 'true' : parseValue(value.trim()) };
}

function parseValue(value: string): string | readonly string[] {
  if (value.startsWith('[') && value.endsWith(']')) return parseList(value);
  return unquote(value);
}

function parseList(value: string): readonly string[] {
  try {
    const parsed: unknown = JSON.parse(value);
    if (Array.isArray(parsed)) return parsed.map(String);
  } catch {
    // Not JSON: bare elements, which ConfigArgParse allows as well.
  }
  return value.slice(1, -1).split(',').map((element) => unquote(element.trim())).filter((element) => element !== '');
}

function unquote(value: string): string {
  const quoted = /^(?<quote>["'])(?<inner>.*)\k<quote>$/.exec(value)?.groups?.['inner'];
  return quoted ?? value;
}
