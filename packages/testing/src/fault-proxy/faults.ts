// The faults that a proxy can put between a client and a CA, as data, and the rules that say where they strike.
import type { HeldAnswer } from './message.ts';
import type { LoggedRequest } from './log.ts';
import type { ResourceKind } from './resources.ts';

/** What happens to an exchange. */
export type Fault =
  /** The connection is destroyed: before the server hears of the request, or after it has done the work. */
  | { readonly kind: 'drop'; readonly when: 'beforeForwarding' | 'afterForwarding' }
  /** The answer is sent twice on the connection; the second one answers nothing that was asked. */
  | { readonly kind: 'duplicate' }
  /** The server is not asked: the answer to an earlier request of the same URL is given again, nonce and all. */
  | { readonly kind: 'repeatEarlier' }
  /** The server is not asked; this is answered in its place. */
  | { readonly kind: 'refuse'; readonly name: string; readonly answer: HeldAnswer }
  /** The Replay-Nonce field is taken out. */
  | { readonly kind: 'withoutNonce' }
  /** The Replay-Nonce field holds a nonce that the server does not know, as after its restart. */
  | { readonly kind: 'staleNonce' }
  /** The Replay-Nonce field holds a nonce that the client spent already, as from a cache. */
  | { readonly kind: 'usedNonce' }
  /** The answer arrives in pieces of `bytes`, one every `everyMs`. */
  | { readonly kind: 'drip'; readonly bytes: number; readonly everyMs: number }
  /** The answer is changed. */
  | { readonly kind: 'alter'; readonly name: string; readonly alter: (answer: HeldAnswer) => HeldAnswer };

/** Which requests a rule is about; what is left out does not matter. */
export interface FaultMatch {
  readonly resource?: ResourceKind;
  readonly method?: string;
  readonly path?: RegExp;
  /** For what the fields above cannot say, such as the payload. */
  readonly where?: (request: LoggedRequest) => boolean;
  /** The first of the matching requests to be struck, counted from 1. Default 1. */
  readonly nth?: number;
  /** How many of them in a row. Default 1; `Infinity` for all. */
  readonly times?: number;
}

/** A fault and where it strikes. */
export interface FaultRule {
  readonly match: FaultMatch;
  readonly fault: Fault;
}

/** Finds the faults for each request, counting matches per rule. */
export class FaultPlan {
  readonly #rules: readonly FaultRule[];
  readonly #seen: number[];

  constructor(rules: readonly FaultRule[]) {
    this.#rules = rules;
    this.#seen = rules.map(() => 0);
  }

  /** The faults that strike this request, in the order of their rules. */
  faultsFor(request: LoggedRequest): readonly Fault[] {
    return this.#rules.flatMap(({ match, fault }, index) => {
      if (!matches(match, request)) return [];
      const count = (this.#seen[index] ?? 0) + 1;
      this.#seen[index] = count;
      const { nth = 1, times = 1 } = match;
      return count >= nth && count < nth + times ? [fault] : [];
    });
  }

  /** Rules that never struck: a test that passes without its fault proves nothing. */
  unused(): readonly FaultRule[] {
    return this.#rules.filter(({ match }, index) => (this.#seen[index] ?? 0) < (match.nth ?? 1));
  }
}

function matches({ resource, method, path, where }: FaultMatch, request: LoggedRequest): boolean {
  return (
    (resource === undefined || resource === request.resource) &&
    (method === undefined || method === request.method) &&
    (path === undefined || path.test(request.path)) &&
    (where === undefined || where(request))
  );
}

/** How a fault is called in the log. */
export function faultName(fault: Fault): string {
  return fault.kind === 'refuse' || fault.kind === 'alter' ? fault.name : fault.kind;
}
