// What other programs may take from the command line: its tables, from which reference pages are generated.
export { type Option, type OptionKind, type Source, type Tier } from './args/option.ts';
export { optionNames, optionOf, optionTable, type OptionName, type Values } from './args/table.ts';
export { topicTable } from './args/topics.ts';
export { type Verb, type VerbDescription, verbNames, verbTable } from './args/verbs.ts';
