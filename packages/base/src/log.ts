// The port that libraries log to. Constant message, variable fields; silent unless the program passes one in.
// Never keys, tokens, key authorizations or credentials. Terminal output is not logging.

/** The variable part of a log line; names come from the glossary in the style guide. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Where a package reports what it does. `info` is what a person would want to read in a year. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

const ignore = () => {};

/** Says nothing: the default in every library. */
export const silentLog: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore };
