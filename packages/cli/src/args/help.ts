// Help texts: the short page, one topic, everything; and the usage line of syntax errors. Built from the tables.
import { wrapText } from '../terminal/wrap.ts';
import { cliError } from '../errors.ts';
import { optionEntries } from './help-options.ts';
import { topicTable } from './topics.ts';
import { parseVerb, type Verb, verbNames, type VerbDescription, verbTable } from './verbs.ts';

const frame = `${'- '.repeat(39)}-`;

const groups = [
  ['obtain', 'obtain and renew certificates:'],
  ['manage', 'manage certificates:'],
  ['account', 'manage your account:'],
  ['own', 'try it and run your own authority:'],
] as const satisfies readonly (readonly [VerbDescription['group'], string])[];

const commonOptions: readonly (readonly [string, string])[] = [
  ['-d DOMAINS', 'Comma-separated list of names to certify'],
  ['--standalone', 'Prove control with a small web server of our own'],
  ['--webroot -w FOLDER', "Prove control through a running web server's folder"],
  ['--manual', 'Prove control by hand or with your own commands'],
  ['--dns-rfc2136', 'Prove control with DNS records through RFC 2136'],
  ['-n', 'Never ask'],
  ['--test-cert', "Use the CA's staging server"],
  ['--dry-run', 'Try "renew" or "certonly" without saving anything'],
  ['--json', 'Print the result as one JSON document'],
];

/** The first lines of help and of syntax errors. */
export function usage(program: string): string {
  return [
    'usage: ',
    `  ${program} [SUBCOMMAND] [options] [-d DOMAIN] [-d DOMAIN] ...`,
    '',
    'Obtains, renews and watches TLS certificates. The most common SUBCOMMANDS and',
    'flags are:',
    '',
  ].join('\n');
}

/** The page for `-h` and `--help`, with or without a topic. Throws `argumentSyntax` for a topic that is not there. */
export function helpPage(program: string, topic: string | undefined): string {
  if (topic === undefined) return `\n${frame}\n\n${shortHelp(program)}${frame}\n`;
  if (topic === 'all') return allHelp(program);
  if (['commands', 'subcommands', 'verbs'].includes(topic)) return verbList(program);
  const verb = parseVerb(topic);
  if (verb !== undefined) return verbHelp(program, verb);
  const description = topicTable[topic];
  if (description === undefined) {
    const known = ['all', 'commands', ...verbNames, ...Object.keys(topicTable)].join(', ');
    throw cliError('argumentSyntax', `no help on "${topic}"`, { hint: `topics are ${known}` });
  }
  return `${usage(program).split('\n').slice(0, 2).join('\n')}\n\n${section(topic, description)}`;
}

function shortHelp(program: string): string {
  const verbs = groups.flatMap(([group, title]) => [title, ...verbNames.filter((verb) => verbTable[verb].group === group).map(verbLine), '']);
  const options = commonOptions.map(([flags, help]) => `  ${flags.padEnd(22)}${help}`);
  return [
    usage(program),
    ...verbs,
    'common options:',
    ...options,
    '',
    'examples:',
    `  ${program} certonly --standalone -d example.com`,
    `  ${program} renew`,
    `  ${program} certificates`,
    '',
    'more help:',
    '  -h, --help [TOPIC]    this page, or help on a topic: all, commands, any SUBCOMMAND,',
    `                        ${wrapText(Object.keys(topicTable).join(', '), 54).join(`\n${' '.repeat(24)}`)}`,
    '  --version             print the version number',
    '',
  ].join('\n');
}

function verbLine(verb: Verb): string {
  const name = verb === 'run' ? '(default) run' : verb;
  return `  ${name.padEnd(16)}${verbTable[verb].summary}`;
}

function verbList(program: string): string {
  return [`usage: ${program} [SUBCOMMAND] [options]`, '', ...verbNames.map(verbLine), ''].join('\n');
}

function verbHelp(program: string, verb: Verb): string {
  const { usage: form, description, examples } = verbTable[verb];
  return [
    'usage: ',
    `  ${program} ${form}`,
    '',
    ...wrapText(description, 79),
    '',
    'examples:',
    ...examples.map((example) => `  ${program} ${example}`),
    '',
    section(verb, 'Options that matter here; `--help all` lists every option'),
  ].join('\n');
}

function section(topic: string, description: string): string {
  return [`${topic}:`, ...wrapText(description, 77).map((line) => `  ${line}`), '', ...optionEntries({ topic }), ''].join('\n');
}

function allHelp(program: string): string {
  const homes = [...Object.entries(topicTable), ...verbNames.map((verb) => [verb, verbTable[verb].description] as const)];
  const sections = homes.flatMap(([topic, description]) => {
    const entries = optionEntries({ home: topic });
    return entries.length === 0 ? [] : [`${topic}:`, ...wrapText(description, 77).map((line) => `  ${line}`), '', ...entries, ''];
  });
  return [shortHelp(program), ...sections].join('\n');
}
