// The one table of ACME error types (RFC 8555 §6.7 and its extensions), keyed by the wire string, and the error that carries one.
// The document itself is written in handler/respond.ts only.
import { AppError } from '@certward/base';
import type { Identifier } from '@certward/pki';

/** The HTTP status each error type is sent with unless the place that throws it knows a better one. */
export const problemStatus = {
  accountDoesNotExist: 400,
  alreadyReplaced: 409, // RFC 9773 §7.4
  alreadyRevoked: 400,
  badCSR: 400,
  badNonce: 400,
  badPublicKey: 400,
  badRevocationReason: 400,
  badSignatureAlgorithm: 400,
  caa: 403,
  compound: 400,
  connection: 400,
  dns: 400,
  externalAccountRequired: 403,
  incorrectResponse: 403,
  invalidContact: 400,
  invalidProfile: 400, // draft-ietf-acme-profiles
  malformed: 400,
  orderNotReady: 403,
  rateLimited: 429,
  rejectedIdentifier: 400,
  serverInternal: 500,
  tls: 400,
  unauthorized: 403,
  unsupportedContact: 400,
  unsupportedIdentifier: 400,
  userActionRequired: 403,
} as const satisfies Readonly<Record<string, number>>;

/** An error type of the table, without the `urn:ietf:params:acme:error:` prefix. */
export type ProblemType = keyof typeof problemStatus;

/** One of several causes inside a problem, tied to an identifier (RFC 8555 §6.7.1). */
export interface Subproblem {
  readonly type: ProblemType;
  readonly detail: string;
  readonly identifier?: Identifier;
}

/** A problem as it is kept in a challenge and served again later. */
export interface StoredProblem extends Subproblem {
  readonly status: number;
  readonly subproblems?: readonly Subproblem[];
}

/** What a {@link Problem} carries beside type and detail. */
export interface ProblemOptions {
  readonly cause?: unknown;
  /** Where the table's status is not the right one: 401, 404, 405, 409, 413, 415, 503. */
  readonly status?: number;
  readonly subproblems?: readonly Subproblem[];
  readonly identifier?: Identifier;
  /** Additional response headers such as `Location`, `Retry-After` or `Allow`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Additional members of the document, such as `algorithms` (RFC 8555 §6.2) or `instance`. */
  readonly members?: Readonly<Record<string, unknown>>;
}

/** Refuses a request or a validation. The detail is shown to the client as it stands. */
export class Problem extends AppError<ProblemType> {
  override readonly name = 'Problem';
  readonly status: number;
  readonly subproblems: readonly Subproblem[];
  readonly identifier: Identifier | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly members: Readonly<Record<string, unknown>>;

  constructor(type: ProblemType, detail: string, options: ProblemOptions = {}) {
    super(type, detail, { cause: options.cause });
    this.status = options.status ?? problemStatus[type];
    this.subproblems = options.subproblems ?? [];
    this.identifier = options.identifier;
    this.headers = options.headers ?? {};
    this.members = options.members ?? {};
  }

  /** The part worth keeping with a challenge. */
  toStored(): StoredProblem {
    return {
      type: this.code,
      status: this.status,
      detail: this.message,
      ...(this.identifier === undefined ? {} : { identifier: this.identifier }),
      ...(this.subproblems.length === 0 ? {} : { subproblems: this.subproblems }),
    };
  }
}
