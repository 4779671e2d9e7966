// The reference page of the command line: verbs and options as the parser knows them.
import { optionNames, optionOf, topicTable, verbNames, verbTable } from '@certward/cli';
import { code, generatedNotice, table } from './markdown.mjs';

/** @returns {Promise<string>} */
export async function commandLinePage() {
  const verbs = verbNames.map((name) => verbSection(name));
  const topics = topicsInOrder().map(topicSection).filter((section) => section !== '');
  return [
    generatedNotice,
    '# Command line',
    '`certward [VERB] [OPTIONS]`. Without a verb: `run`. Options may be shortened as long as they stay unambiguous, `--option=value` and `--option value` mean the same.',
    '## Verbs',
    table(['verb', 'does'], verbNames.map((name) => [`[${code(name)}](#${name})`, verbTable[name].summary])),
    ...verbs,
    '## Options',
    'What is *kept* is stored with the certificate and used again at each renewal.',
    ...topics,
    '',
  ].join('\n\n');
}

/** @param {import('@certward/cli').Verb} name */
function verbSection(name) {
  const { description, usage, examples } = verbTable[name];
  const lines = examples.map((example) => `certward ${example}`).join('\n');
  return `### ${name}\n\n${description}\n\nUsage: ${code(`certward ${usage}`)}\n\n\`\`\`sh\n${lines}\n\`\`\``;
}

/** The topics of the table first, then those that only options name (the verbs). */
function topicsInOrder() {
  const used = optionNames.map((name) => optionOf(name).topics[0] ?? 'general');
  return [...new Set([...Object.keys(topicTable), ...used])];
}

/** @param {string} topic */
function topicSection(topic) {
  const options = optionNames.map((name) => optionOf(name)).filter((option) => option.topics[0] === topic && !option.hidden);
  if (options.length === 0) return '';
  const about = topicTable[topic] ?? `Options of ${code(topic)}`;
  return `### ${topic} options\n\n${about}.\n\n${table(['option', 'default', 'kept', 'meaning'], options.map(optionRow))}`;
}

/** @param {import('@certward/cli').Option} option */
function optionRow(option) {
  const takesValue = !['flag', 'pair', 'count'].includes(option.kind);
  const value = option.choices === undefined ? option.metavar : option.choices.join('\\|');
  const names = [...option.flags, ...option.offFlags].map(code).join(', ');
  return [takesValue ? `${names} ${value}` : names, shownDefault(option), option.saved === undefined ? '' : 'yes', option.help];
}

/** @param {import('@certward/cli').Option} option */
function shownDefault({ shownDefault, defaultValue }) {
  if (shownDefault !== undefined) return shownDefault;
  if (defaultValue === undefined || defaultValue === false || defaultValue === '') return '';
  return Array.isArray(defaultValue) ? defaultValue.join(', ') : String(defaultValue);
}
