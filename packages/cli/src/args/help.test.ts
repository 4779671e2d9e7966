import { describe, expect, test } from 'vitest';
import { CliError } from '../errors.ts';
import { helpPage } from './help.ts';
import { spellings } from './flags.ts';
import { optionNames, optionOf } from './table.ts';
import { topicTable } from './topics.ts';
import { verbNames } from './verbs.ts';

describe('the options table', () => {
  test('has no spelling twice', () => {
    const all = optionNames.flatMap((name) => [...optionOf(name).flags, ...optionOf(name).offFlags]);
    expect(all.length).toBe(spellings().size);
  });

  test('every visible option has a text and known topics', () => {
    for (const name of optionNames) {
      const { hidden, help, topics } = optionOf(name);
      if (hidden) continue;
      expect({ name, help }).not.toEqual({ name, help: '' });
      for (const topic of topics) expect([...Object.keys(topicTable), ...verbNames]).toContain(topic);
    }
  });
});

describe('helpPage', () => {
  test('without topic is short and names every verb', () => {
    const page = helpPage('certward', undefined);
    expect(page.split('\n').length).toBeLessThan(70);
    for (const verb of verbNames) expect(page).toContain(`  ${verb === 'run' ? '(default) run' : verb}`);
  });

  test('all lists every visible option once', () => {
    const page = helpPage('certbot', 'all');
    for (const name of optionNames.filter((one) => !optionOf(one).hidden)) {
      const flag = optionOf(name).flags[0] ?? '';
      expect(page).toMatch(new RegExp(`^  ${flag}( |,|$)`, 'm'));
    }
  });

  test.each([...verbNames, ...Object.keys(topicTable), 'all', 'commands', 'auth'])('on %s fits 80 columns', (topic) => {
    for (const line of helpPage('certward', topic).split('\n').filter((one) => !/^ {2}(-|certward)/.test(one))) expect(line.length).toBeLessThanOrEqual(82);
  });

  test('on an unknown topic is a syntax error', () => {
    expect(() => helpPage('certward', 'bogus')).toThrow(CliError);
  });
});
