// How the log shows a command line: the options that were set, secrets left out.
import type { Arguments } from '../args/parse.ts';
import { optionOf } from '../args/table.ts';

/** Options with the value that they were given, by their first long spelling. */
export function describeArguments({ sources, values }: Arguments): Readonly<Record<string, unknown>> {
  const entries = [...sources.keys()].map((name) => {
    const { flags, secret } = optionOf(name);
    return [flags.find((one) => one.startsWith('--')) ?? name, secret ? '[secret]' : values[name]] as const;
  });
  return Object.fromEntries(entries);
}
