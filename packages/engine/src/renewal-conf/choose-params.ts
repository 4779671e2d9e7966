// Which options of a run are stored for its renewals.
import { storedOptions, type WritableOption } from './option-kinds.ts';
import type { ParamsToStore } from './params.ts';

/** Input of {@link chooseParams}. */
export interface OptionsOfRun {
  /** Every option of the run under its name on disk, defaults included; other options are ignored. */
  readonly values: ReadonlyMap<string, WritableOption | ReadonlyMap<string, string>>;
  /** Names that the user typed, that came from cli.ini, or that the run decided by asking. */
  readonly setByUser: ReadonlySet<string>;
  /** Names of the installed plug-ins (`webroot`, `dns-rfc2136`, …): options with their prefix are stored too. */
  readonly plugins: readonly string[];
}

/**
 * Picks what goes into `[renewalparams]`: stored options and plug-in options that were set by the user, and always
 * `server` and `key_type`. What follows from another option counts as set with it: `account` with `server`,
 * `webroot_map` with `webroot_path`.
 */
export function chooseParams({ values, setByUser, plugins }: OptionsOfRun): ParamsToStore {
  const prefixes = plugins.map((name) => `${name.replaceAll('-', '_')}_`);
  const isStored = (name: string) =>
    Object.hasOwn(storedOptions, name) || name === 'webroot_path' || name === 'webroot_map' || prefixes.some((prefix) => name.startsWith(prefix));
  const isSet = (name: string) =>
    setByUser.has(name) || name === 'server' || name === 'key_type' ||
    (name === 'account' && values.get('account') !== null) ||
    (name === 'webroot_map' && setByUser.has('webroot_path'));
  return new Map([...values].filter(([name]) => isStored(name) && isSet(name)));
}
