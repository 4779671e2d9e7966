// What one attempt at an issuance knows while its steps run: the only state that steps share.
import type { KeyObject } from 'node:crypto';
import type { Clock, Log, Random } from '@certward/base';
import type { Identifier } from '@certward/pki';
import type { Authenticator, ChallengeToAnswer, IssuanceEvent, IssuanceStep, PresentationHandle } from '../ports.ts';
import type { CaAuthorization, CaChallenge, CaOrder } from './ca-account.ts';
import type { JournalSession } from './journal-session.ts';
import type { DroppedIdentifier, IssuanceDeps, IssuanceRequest } from './request.ts';

/** The dependencies with their defaults filled in. */
export interface ResolvedDeps extends IssuanceDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** One challenge that this attempt answers. */
export interface ChallengeTask {
  /** As ordered: with `*.` for a wildcard. */
  readonly ordered: Identifier;
  readonly authenticator: Authenticator;
  readonly authorization: CaAuthorization;
  readonly challenge: CaChallenge;
  readonly toAnswer: ChallengeToAnswer;
}

/** A task whose presentation is journalled. */
export interface PlannedTask extends ChallengeTask {
  readonly handle: PresentationHandle;
}

/** One attempt: one order. */
export class Attempt {
  readonly request: IssuanceRequest;
  readonly deps: ResolvedDeps;
  readonly journal: JournalSession;
  readonly identifiers: readonly Identifier[];
  readonly dropped: readonly DroppedIdentifier[];
  /** The journal knew an order (or a certificate) when this attempt began. */
  readonly resumed: boolean;
  /** Filled by the steps, in their order. */
  tasks: readonly PlannedTask[] = [];
  certificatePem: string | undefined;
  readonly cleanUpFailures: Error[] = [];
  #order: CaOrder | undefined;
  #authorizations: Promise<readonly CaAuthorization[]> | undefined;
  #key: Promise<KeyObject> | undefined;
  #validated: Promise<unknown> | undefined;

  constructor(parts: {
    readonly request: IssuanceRequest;
    readonly deps: ResolvedDeps;
    readonly journal: JournalSession;
    readonly identifiers: readonly Identifier[];
    readonly dropped: readonly DroppedIdentifier[];
    readonly resumed: boolean;
  }) {
    this.request = parts.request;
    this.deps = parts.deps;
    this.journal = parts.journal;
    this.identifiers = parts.identifiers;
    this.dropped = parts.dropped;
    this.resumed = parts.resumed;
  }

  get signal(): AbortSignal | undefined {
    return this.deps.signal;
  }

  get hasOrder(): boolean {
    return this.#order !== undefined;
  }

  /** The order. Only steps after `order` may ask, and none of them runs once the certificate is in the journal. */
  get order(): CaOrder {
    if (this.#order === undefined) throw new Error('no order yet');
    return this.#order;
  }

  set order(order: CaOrder) {
    this.#order = order;
    this.#authorizations = undefined;
  }

  /** Authorizations of the order, read once. */
  authorizations(): Promise<readonly CaAuthorization[]> {
    this.#authorizations ??= this.order.authorizations({ signal: this.signal });
    return this.#authorizations;
  }

  /** The private key; `start` is called once. Generation runs beside the validation, so its failure waits to be asked for. */
  key(start: () => Promise<KeyObject>): Promise<KeyObject> {
    if (this.#key === undefined) {
      this.#key = start();
      this.#key.catch(() => undefined);
    }
    return this.#key;
  }

  /** Resolves when the CA has probably looked at every challenge; `undefined` when an authenticator cannot tell. */
  get validated(): Promise<unknown> | undefined {
    return this.#validated;
  }

  set validated(validated: Promise<unknown> | undefined) {
    this.#validated = validated;
  }

  emit(event: IssuanceEvent): void {
    this.deps.listener?.(event);
  }

  emitStep(step: IssuanceStep, message: string): void {
    this.emit({ type: 'step.started', step, message });
  }
}

/** The name as ordered: an authorization for a wildcard names the base only (RFC 8555 §7.1.3). */
export function orderedIdentifier(identifier: Identifier, wildcard: boolean): Identifier {
  return wildcard && !identifier.value.startsWith('*.') ? { type: identifier.type, value: `*.${identifier.value}` } : identifier;
}
