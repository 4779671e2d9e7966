// The base of every error we throw. Few subclasses, each only where a caller needs more fields to find the remedy.
//
// House style of messages: lower case, no full stop, user input in double quotes. What to do next goes into `hint`.

/** Whether and when trying again can help. A property, so that nobody matches on message text. */
export type Retry = 'never' | 'now' | { readonly afterSeconds: number };

/** What an {@link AppError} carries beside its code and message. */
export interface AppErrorOptions {
  readonly cause?: unknown;
  /** Machine-readable facts: names, paths, numbers. Never secrets. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  /** One sentence that tells a person what to do. */
  readonly hint?: string | undefined;
  /** Default `never`: retrying blindly is how rate limits are burnt. */
  readonly retry?: Retry | undefined;
}

/**
 * An error with a stable `code`. Each package keeps its codes as one literal union; tests and callers match on `code`,
 * never on the message.
 */
export class AppError<Code extends string = string> extends Error {
  override readonly name: string = 'AppError';
  readonly code: Code;
  readonly details: Readonly<Record<string, unknown>>;
  readonly hint: string | undefined;
  readonly retry: Retry;

  constructor(code: Code, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
    this.hint = options.hint;
    this.retry = options.retry ?? 'never';
  }
}

/** The message of an error and of its causes, outermost first, joined by `: `; repeated text is said once. */
export function describeError(error: unknown): string {
  const parts: string[] = [];
  for (const one of causes(error)) {
    const text = one instanceof Error ? one.message : String(one);
    if (text !== '' && !parts.some((part) => part.includes(text))) parts.push(text);
  }
  return parts.join(': ');
}

/** The hints of an error and of its causes, outermost first, without repetition. */
export function hintsOf(error: unknown): string[] {
  const hints = causes(error).flatMap((one) => (one instanceof AppError && one.hint !== undefined ? [one.hint] : []));
  return [...new Set(hints)];
}

/** An error followed by its causes; a cycle ends the walk. */
function causes(error: unknown): unknown[] {
  const seen: unknown[] = [];
  let current = error;
  while (current !== undefined && !seen.includes(current)) {
    seen.push(current);
    current = current instanceof Error ? current.cause : undefined;
  }
  return seen;
}
