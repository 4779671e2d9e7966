// The errors of this package. Few classes, each with a different remedy; everything else is told apart by `code`.
import { AppError, type AppErrorOptions, type Retry } from '@certward/base';
import type { Identifier } from '@certward/pki';

import { printable } from './printable.ts';
import { type ProblemType, reactionTo } from './reactions.ts';
import type { IdentifierFailure, Problem } from './types.ts';

/** Every `code` that an error of this package can carry. */
export type AcmeErrorCode =
  /** The server could not be reached, hung up, or took too long. */
  | 'network'
  /** The server may have acted on a request whose answer never arrived; see {@link ReplyLostError}. */
  | 'replyLost'
  /** An answer that RFC 8555 does not allow: wrong content type, broken JSON, missing members. */
  | 'invalidResponse'
  | 'responseTooLarge'
  | 'redirectRefused'
  /** A URL that is not https, carries credentials, is overlong, or that the caller's own check refused. */
  | 'urlRefused'
  /** The server handed out no usable nonce, or the same one twice. */
  | 'nonceUnavailable'
  /** The clocks of this machine and of the server differ by more than was allowed. */
  | 'clockWrong'
  /** The server answered with a problem document; see {@link AcmeProblem}. */
  | 'problem'
  /** The directory does not offer the resource that was asked for. */
  | 'unsupportedByServer'
  | 'profileNotOffered'
  | 'externalAccountKeyMalformed'
  | 'keyRolloverUnproven'
  | 'tokenInvalid'
  | 'noUsableChallenge'
  /** The order cannot become a certificate any more: start over; see {@link OrderError}. */
  | 'orderInvalid'
  /** Control over at least one identifier was not proven; see {@link AuthorizationError}. */
  | 'authorizationFailed'
  /** The server asks for a longer wait than the caller has patience for; come back after `retry.afterSeconds`. */
  | 'waitTooLong'
  | 'pollTimeout'
  /** The chain does not link, holds something other than certificates, or is not for our key. */
  | 'chainInvalid'
  | 'renewalInfoUnavailable'
  | 'argumentInvalid';

/** An error of the ACME client. Match on `code`; `retry` says whether and when trying again can help. */
export class AcmeError extends AppError<AcmeErrorCode> {
  override readonly name: string = 'AcmeError';
}

/** What an {@link AcmeProblem} is made of beside the problem document. */
export interface AcmeProblemOptions {
  /** From the Retry-After header, already checked. */
  readonly retryAfterSeconds?: number | undefined;
  readonly url?: string | undefined;
  /** Which attempt this answer belongs to, counted from 1. */
  readonly attempt?: number | undefined;
}

/**
 * The CA refused a request and said why (RFC 8555 §6.7, RFC 7807).
 * `type` comes without the `urn:ietf:params:acme:error:` prefix; the text is the CA's own with control characters made
 * visible, fit for a terminal but not for HTML without escaping.
 */
export class AcmeProblem extends AcmeError {
  override readonly name: string = 'AcmeProblem';
  readonly type: ProblemType | (string & {});
  readonly status: number;
  readonly detail: string;
  readonly subproblems: readonly Problem[];
  readonly identifier: Identifier | undefined;
  /** Where a person reads on or acts, e.g. the terms to agree to (§7.3.3). */
  readonly instance: string | undefined;
  /** What the CA accepts, for `badSignatureAlgorithm`. */
  readonly algorithms: readonly string[] | undefined;
  readonly problem: Problem;

  constructor(problem: Problem, options: AcmeProblemOptions = {}) {
    const reaction = reactionTo(problem.type, problem.status);
    super('problem', `the ca refused the request with "${problem.type}"${problem.detail === '' ? '' : `: ${problem.detail}`}`, {
      details: {
        type: problem.type,
        status: problem.status,
        class: reaction.class,
        ...(options.url === undefined ? {} : { url: options.url }),
        ...(options.attempt === undefined ? {} : { attempt: options.attempt }),
      },
      hint: reaction.hint,
      retry: retryOf(problem, options.retryAfterSeconds),
    });
    this.problem = problem;
    this.type = problem.type;
    this.status = problem.status;
    this.detail = problem.detail;
    this.subproblems = problem.subproblems;
    this.identifier = problem.identifier;
    this.instance = problem.instance;
    this.algorithms = problem.algorithms;
  }
}

function retryOf(problem: Problem, retryAfterSeconds: number | undefined): Retry {
  const reaction = reactionTo(problem.type, problem.status);
  // A CA that pauses an account answers rateLimited with a link for a person and no Retry-After: waiting cannot help.
  if (reaction.class === 'wait' && problem.actionUrl !== undefined) return 'never';
  if (retryAfterSeconds !== undefined && reaction.retry !== 'never') return { afterSeconds: retryAfterSeconds };
  return reaction.retry;
}

/**
 * The connection broke, or the answer was unreadable, after a request went out that must not be sent twice
 * (newOrder, newAuthz, finalize). The server may have acted: look before asking again.
 */
export class ReplyLostError extends AcmeError {
  override readonly name = 'ReplyLostError';
  /** The new resource's URL, where at least the answer's headers arrived. */
  readonly location: string | undefined;

  constructor(what: string, options: AppErrorOptions & { readonly location?: string | undefined }) {
    super('replyLost', `the answer to ${what} was lost`, {
      retry: 'now',
      hint: 'the server may have acted on it: read the order, or the list of orders, before asking again',
      ...options,
    });
    this.location = options.location;
  }
}

/** The order is dead (§7.1.6): its authorizations may be fine, but only a new order can become a certificate. */
export class OrderError extends AcmeError {
  override readonly name = 'OrderError';
  readonly orderUrl: string;
  readonly problem: Problem | undefined;

  constructor(orderUrl: string, problem: Problem | undefined, reason = 'the order is invalid') {
    const detail = problem === undefined ? '' : `: ${problem.detail === '' ? problem.type : problem.detail}`;
    super('orderInvalid', `${reason}${detail}`, {
      details: { orderUrl, ...(problem === undefined ? {} : { type: problem.type, status: problem.status }) },
      hint: (problem === undefined ? undefined : reactionTo(problem.type, problem.status).hint) ?? 'start over with a new order',
      retry: 'never',
    });
    this.orderUrl = orderUrl;
    this.problem = problem;
  }
}

/** At least one authorization failed; `failures` holds every challenge's problem, by identifier. */
export class AuthorizationError extends AcmeError {
  override readonly name = 'AuthorizationError';
  readonly orderUrl: string | undefined;
  readonly failures: readonly IdentifierFailure[];

  constructor(failures: readonly IdentifierFailure[], orderUrl?: string) {
    const first = failures[0];
    const names = failures.map((failure) => `"${failure.identifier.value}"`);
    const detail = first?.problem === undefined ? '' : `: ${first.problem.detail === '' ? first.problem.type : first.problem.detail}`;
    super('authorizationFailed', `the ca could not verify control over ${printable(names.join(', '), 400)}${detail}`, {
      details: { identifiers: failures.map((failure) => failure.identifier.value), ...(orderUrl === undefined ? {} : { orderUrl }) },
      hint: first?.problem === undefined ? undefined : reactionTo(first.problem.type, first.problem.status).hint,
    });
    this.failures = failures;
    this.orderUrl = orderUrl;
  }
}

/** True when `error` is a problem document of one of the given types. */
export function isProblem(error: unknown, ...types: readonly ProblemType[]): error is AcmeProblem {
  return error instanceof AcmeProblem && (types.length === 0 || (types as readonly string[]).includes(error.type));
}
