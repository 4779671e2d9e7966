// What an option is: the row type of the options table and the builders that write rows. No option is named here.
// The table is data on purpose: the parser, cli.ini, renewal configurations, help texts and the reference page derive from it.

/** Where a value came from. A typed or file value counts as the user's will: it is stored and beats stored values. */
export type Source = 'typed' | 'file' | 'stored' | 'decided' | 'default';

/** Who knows the option: Certbot of today, us alone, or only old scripts. Abbreviations are resolved in this order. */
export type Tier = 'certbot' | 'own' | 'dead';

/** How an option takes its value. `pair` is a flag that can also be switched off by name. */
export type OptionKind = 'flag' | 'pair' | 'count' | 'text' | 'integer' | 'list';

/** One row of the options table; `T` is the type of its value. */
export interface Option<T = unknown> {
  readonly kind: OptionKind;
  /** All spellings, the one that cli.ini and messages prefer first. */
  readonly flags: readonly string[];
  /** Spellings that switch a `pair` off. */
  readonly offFlags: readonly string[];
  readonly defaultValue: T;
  /** How help names the value. */
  readonly metavar: string;
  readonly choices: readonly string[] | undefined;
  /** Smallest integer accepted. */
  readonly minimum: number | undefined;
  /** Help topics that list it; the first is its home in `--help all`. */
  readonly topics: readonly string[];
  readonly help: string;
  /** How help prints the default, where it is not the value itself. */
  readonly shownDefault: string | undefined;
  /** Key under `[renewalparams]`, when the option is kept for renewals. */
  readonly saved: string | undefined;
  readonly hidden: boolean;
  readonly tier: Tier;
  /** The value never appears in logs. */
  readonly secret: boolean;
}

/** What a row says; everything but the spellings and the help has a default. */
export type OptionSpec = Partial<Omit<Option, 'kind' | 'flags' | 'help' | 'defaultValue'>> & Pick<Option, 'flags' | 'help'>;

function build<T>(kind: OptionKind, spec: OptionSpec, defaultValue: T): Option<T> {
  const long = spec.flags.find((one) => one.startsWith('--')) ?? spec.flags[0] ?? '';
  return {
    offFlags: [],
    metavar: long.replace(/^-+/, '').replaceAll('-', '_').toUpperCase(),
    choices: undefined,
    minimum: undefined,
    topics: ['general'],
    shownDefault: undefined,
    saved: undefined,
    hidden: false,
    tier: 'certbot',
    secret: false,
    ...spec,
    kind,
    defaultValue,
  };
}

/** A switch: off unless named. */
export const flag = (spec: OptionSpec): Option<boolean> => build('flag', spec, false);

/** A switch with an opposite and a third state: nobody said. */
export const triState = (spec: OptionSpec): Option<boolean | undefined> => build('pair', spec, undefined);

/** A switch with an opposite: off unless said. */
export const onOff = (spec: OptionSpec): Option<boolean> => build('pair', spec, false);

/** A switch that counts how often it is named. */
export const count = (spec: OptionSpec): Option<number> => build('count', spec, 0);

/** A text that may be absent. */
export const text = (spec: OptionSpec): Option<string | undefined> => build('text', spec, undefined);

/** A text with a default. */
export const textOr = (defaultValue: string, spec: OptionSpec): Option<string> => build('text', spec, defaultValue);

/** A whole number with a default. */
export const integerOr = (defaultValue: number, spec: OptionSpec): Option<number> => build('integer', spec, defaultValue);

/** A whole number that may be absent. */
export const integer = (spec: OptionSpec): Option<number | undefined> => build('integer', spec, undefined);

/** A repeatable text; each value may also be a comma-separated list where the reader of the option says so. */
export const list = (spec: OptionSpec): Option<readonly string[]> => build('list', spec, []);

/** A switch that old scripts and cli.ini files still name: accepted, warned about, without effect. */
export const deadFlag = (name: string): Option<boolean> => flag({ flags: [name], help: '', hidden: true, tier: 'dead' });

/** An option with a value that old scripts still name. */
export const deadText = (name: string): Option<string | undefined> =>
  text({ flags: [name], help: '', hidden: true, tier: 'dead' });
