// Which options a renewal configuration restores, and how each is written. Names are those on disk.

/** How the text of an option is read. `None` reads as "not set" for strings and integers. */
export type OptionKind = 'string' | 'integer' | 'boolean' | 'list';

/**
 * The options of `[renewalparams]` other than those of plug-ins, `webroot_path` and `webroot_map`.
 * `renew_hook` is what the command line calls the deploy hook.
 */
export const storedOptions = {
  config_dir: 'string',
  logs_dir: 'string',
  work_dir: 'string',
  user_agent: 'string',
  server: 'string',
  account: 'string',
  authenticator: 'string',
  installer: 'string',
  renew_hook: 'string',
  pre_hook: 'string',
  post_hook: 'string',
  failure_hook: 'string',
  http01_address: 'string',
  preferred_chain: 'string',
  key_type: 'string',
  elliptic_curve: 'string',
  preferred_profile: 'string',
  required_profile: 'string',
  rsa_key_size: 'integer',
  http01_port: 'integer',
  must_staple: 'boolean',
  allow_subset_of_names: 'boolean',
  reuse_key: 'boolean',
  strict_hooks: 'boolean',
  autorenew: 'boolean',
  pref_challs: 'list',
  authenticator_map: 'list',
  dns_resolvers: 'list',
} as const satisfies Record<string, OptionKind>;

/** Name of a stored option. */
export type StoredOption = keyof typeof storedOptions;

interface KindTypes {
  readonly string: string;
  readonly integer: number;
  readonly boolean: boolean;
  readonly list: readonly string[];
}

/** The stored options with the types they are read as. */
export type StoredOptionValues = {
  readonly [Name in StoredOption]?: KindTypes[(typeof storedOptions)[Name]];
};

/** What a plug-in's option may be: `None`, `True` and `False` are recognised, anything else is text for the plug-in to cast. */
export type PluginOptionValue = string | boolean | null | readonly string[];

/** A value as {@link paramsToText} writes it. */
export type WritableOption = string | number | boolean | null | readonly string[];
