// The porcelain: one call from identifiers to a certificate chain. The steps: order, present, wait, respond,
// poll, finalize, download; cleaning up and giving back authorizations whatever happens.
import type { KeyObject } from 'node:crypto';

import { describeError, mapConcurrent, withDeadline } from '@certward/base';
import { type Certificate, createCsr, type Identifier, parseCsr, sameIdentifiers } from '@certward/pki';

import type { Account } from './account.ts';
import type { Authorization } from './authorization.ts';
import type { DownloadOptions } from './certificate.ts';
import type { Challenge } from './challenge.ts';
import { AcmeError, AuthorizationError, isProblem, ReplyLostError } from './errors.ts';
import type { NewOrder } from './new-order.ts';
import type { Order } from './order.ts';
import { printable } from './printable.ts';
import type { ChallengeToPresent, Solver } from './solver.ts';
import type { CallOptions } from './types.ts';
import { wakeOn } from './wake.ts';

/** Something that happened on the way, for progress lines. */
export type ObtainEvent =
  | { readonly type: 'orderCreated'; readonly orderUrl: string }
  | { readonly type: 'presented'; readonly challenge: ChallengeToPresent }
  | { readonly type: 'responded'; readonly identifiers: readonly Identifier[] }
  | { readonly type: 'ready'; readonly orderUrl: string }
  | { readonly type: 'finalized'; readonly orderUrl: string }
  | { readonly type: 'cleanUpFailed'; readonly message: string };

/** What to obtain, and how. */
export interface ObtainOptions extends CallOptions, Omit<NewOrder, 'identifiers'>, Pick<DownloadOptions, 'preferredChain' | 'matcher'> {
  readonly account: Account;
  readonly identifiers: readonly Identifier[];
  /** The certificate's key, never the account's; or a CSR (DER) that names exactly the identifiers. */
  readonly key?: KeyObject;
  readonly csr?: Uint8Array;
  /** Tried in order for each identifier; the first that supports it and a type on offer answers. */
  readonly solvers: readonly Solver[];
  readonly onProgress?: (event: ObtainEvent) => void;
  /** Patience for validation and for issuance, each. Default 5 minutes. */
  readonly timeoutMs?: number;
}

/** A new certificate. */
export interface ObtainedCertificate {
  /** Chain as served, leaf first. */
  readonly certificatePem: string;
  readonly chain: readonly Certificate[];
  readonly orderUrl: string;
}

/** Clean-up has its own time, whatever became of the caller's: forty seconds fit a slow DNS provider. */
const cleanUpMs = 40_000;

/** Proofs that are put in place, and challenges that are answered, at the same time. */
const parallel = 8;

/**
 * Obtains a certificate. Throws `noUsableChallenge`, `authorizationFailed` (with every identifier's problem),
 * `orderInvalid`, `waitTooLong`, problems, and what solvers throw. Whatever happens, every proof is cleaned up under a
 * deadline of its own, and a failed run gives its pending authorizations back, so that they count against no quota.
 */
export async function obtainCertificate(options: ObtainOptions): Promise<ObtainedCertificate> {
  const { onProgress, signal } = options;
  const { csr, publicKey } = requestFor(options);
  const order = await createOrder(options);
  onProgress?.({ type: 'orderCreated', orderUrl: order.url });
  await authorize(order, options);
  onProgress?.({ type: 'ready', orderUrl: order.url });
  const poll = { signal, ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }) };
  if (order.state.status === 'ready') await order.finalize(csr, { signal });
  onProgress?.({ type: 'finalized', orderUrl: order.url });
  await order.pollUntilValid(poll);
  const downloaded = await order.downloadCertificate({ signal, key: publicKey, preferredChain: options.preferredChain, matcher: options.matcher });
  return { certificatePem: downloaded.pem, chain: downloaded.chain, orderUrl: order.url };
}

/** The CSR, checked before anything is ordered: a wrong one would be found out by the CA only after validation. */
function requestFor({ key, csr, identifiers, account }: ObtainOptions): { csr: Uint8Array; publicKey: KeyObject } {
  if (csr !== undefined) {
    const parsed = parseCsr(csr);
    if (!sameIdentifiers(parsed.identifiers, identifiers)) throw new AcmeError('argumentInvalid', 'the csr names other identifiers than the order');
    return { csr: parsed.der, publicKey: parsed.publicKey };
  }
  if (key === undefined) throw new AcmeError('argumentInvalid', 'either a key or a csr is needed');
  // CAs refuse it, but only after validation (RFC 8555 §11.1).
  if (key.equals(account.key)) throw new AcmeError('argumentInvalid', 'the certificate needs a key of its own, not the account key');
  return { csr: createCsr({ key, identifiers }).der, publicKey: key };
}

/** A lost answer to newOrder is looked for in the list of orders; without a list, CAs are known to hand out the open order again. */
async function createOrder(options: ObtainOptions): Promise<Order> {
  const { account, identifiers, profile, signal } = options;
  const { preferredProfile, replaces, notBefore, notAfter } = options;
  const order = { identifiers, profile, preferredProfile, replaces, notBefore, notAfter, signal };
  try {
    return await account.createOrder(order);
  } catch (error) {
    if (!(error instanceof ReplyLostError)) throw error;
    return (await openOrderOf(options)) ?? (await account.createOrder(order));
  }
}

async function openOrderOf({ account, identifiers, profile, signal }: ObtainOptions): Promise<Order | undefined> {
  try {
    return await account.findOpenOrder({ identifiers, profile, signal });
  } catch (error) {
    if (error instanceof AcmeError && error.code === 'unsupportedByServer') return undefined;
    throw error;
  }
}

interface Assignment {
  readonly solver: Solver;
  readonly challenge: Challenge;
  readonly toPresent: ChallengeToPresent;
}

/** Proves control over everything that is still pending. Everything is presented before anything is answered. */
async function authorize(order: Order, options: ObtainOptions): Promise<void> {
  if (order.state.status !== 'pending') {
    await order.pollUntilReady({ signal: options.signal });
    return;
  }
  const authorizations = await order.authorizations({ signal: options.signal });
  const presented: Assignment[] = [];
  let failed = true;
  try {
    await prove(order, { authorizations, presented }, options);
    failed = false;
  } finally {
    // Fresh signals: cleaning up must happen above all when the caller gave up.
    await cleanUp(presented, options);
    if (failed) await giveBack(authorizations, options);
  }
}

interface Work {
  readonly authorizations: readonly Authorization[];
  /** Filled as proofs are put in place. */
  readonly presented: Assignment[];
}

async function prove(order: Order, work: Work, options: ObtainOptions): Promise<void> {
  const { onProgress, signal } = options;
  const dead = work.authorizations.filter(({ state }) => state.status !== 'pending' && state.status !== 'valid');
  if (dead.length > 0) throw new AuthorizationError(dead.map((one) => one.failure), order.url);
  const pending = work.authorizations.filter(({ state }) => state.status === 'pending');
  const assignments = await mapConcurrent(pending, parallel, (authorization) => assign(authorization, options));
  await mapConcurrent(assignments, parallel, async (one) => {
    // Before, not after: what failed half-way needs cleaning up as well.
    work.presented.push(one);
    await one.solver.present(one.toPresent, { signal });
    onProgress?.({ type: 'presented', challenge: one.toPresent });
  });
  await waitUntilReady(assignments, { signal });
  // Solvers that watch stop watching when this run is over.
  const over = new AbortController();
  try {
    const watching = { signal: signal === undefined ? over.signal : AbortSignal.any([signal, over.signal]) };
    const wake = wakeOn(assignments.flatMap(({ solver, toPresent }) => solver.whenValidated?.(toPresent, watching) ?? []));
    await mapConcurrent(assignments, parallel, ({ challenge }) => challenge.respond({ signal }), { signal });
    onProgress?.({ type: 'responded', identifiers: assignments.map(({ toPresent }) => toPresent.identifier) });
    await order.pollUntilReady({ signal, wake, ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }) });
  } finally {
    over.abort();
  }
}

async function waitUntilReady(assignments: readonly Assignment[], options: CallOptions): Promise<void> {
  const solvers = [...new Set(assignments.map((one) => one.solver))];
  await mapConcurrent(solvers, solvers.length, async (solver) => {
    const mine = assignments.filter((one) => one.solver === solver);
    await solver.waitUntilReady?.(mine.map((one) => one.toPresent), options);
  });
}

/** The first solver that supports the identifier and a type on offer. */
async function assign(authorization: Authorization, options: ObtainOptions): Promise<Assignment> {
  const { identifier, wildcard, unknownChallengeTypes } = authorization.state;
  for (const solver of options.solvers) {
    if (solver.supports?.(identifier, { wildcard }) === false) continue;
    for (const type of solver.challengeTypes) {
      const challenge = authorization.challenge(type);
      if (challenge?.isUsable !== true) continue;
      const proof = await proofFor(challenge, { solver, wildcard, signal: options.signal });
      if (proof !== undefined) return { solver, challenge, toPresent: { identifier, wildcard, accountUrl: options.account.url, type, ...proof } };
    }
  }
  const offered = [...authorization.challenges.map((one) => one.type), ...unknownChallengeTypes];
  throw new AcmeError('noUsableChallenge', `no solver can prove control over "${printable(identifier.value)}"`, {
    details: { identifier: identifier.value, wildcard, offered },
    hint: `the ca offers ${offered.length === 0 ? 'no challenge' : offered.join(', ')}${wildcard ? ' (wildcards need a DNS challenge)' : ''}`,
  });
}

type Proof = Pick<ChallengeToPresent, 'token' | 'keyAuthorization' | 'validation' | 'recordName'>;

/** What to publish; undefined when the solver accepts none of the issuers that a standing record could name. */
async function proofFor(
  challenge: Challenge,
  { solver, ...options }: CallOptions & { readonly solver: Solver; readonly wildcard: boolean },
): Promise<Proof | undefined> {
  const { token = '', recordName } = challenge;
  if (challenge.type !== 'dns-persist-01') return { token, recordName, keyAuthorization: challenge.keyAuthorization, validation: challenge.validation };
  const issuerDomainName = challenge.persist?.issuerDomainNames.find((name) => solver.acceptsIssuer?.(name) ?? true);
  if (issuerDomainName === undefined) return undefined;
  const record = await challenge.persistRecord({ issuerDomainName, ...options });
  return { token: '', keyAuthorization: '', recordName: record.recordName, validation: record.value };
}

/** Failures are told and logged, never thrown: they must not hide why the run failed. */
async function cleanUp(presented: readonly Assignment[], { onProgress }: ObtainOptions): Promise<void> {
  await mapConcurrent(presented, parallel, async ({ solver, toPresent }) => {
    try {
      await withDeadline(`the clean-up of the ${toPresent.type} proof`, cleanUpMs, (signal) => solver.cleanUp(toPresent, { signal }));
    } catch (error) {
      onProgress?.({ type: 'cleanUpFailed', message: describeError(error) });
    }
  });
}

/** Authorizations that meanwhile failed refuse to be deactivated, and need not be. */
async function giveBack(authorizations: readonly Authorization[], { onProgress }: ObtainOptions): Promise<void> {
  const pending = authorizations.filter(({ state }) => state.status === 'pending');
  try {
    await withDeadline('the authorizations to be given back', cleanUpMs, (signal) =>
      mapConcurrent(pending, parallel, async (one) => {
        await one.deactivate({ signal }).catch((error: unknown) => {
          if (!isProblem(error)) throw error;
        });
      }),
    );
  } catch (error) {
    onProgress?.({ type: 'cleanUpFailed', message: describeError(error) });
  }
}
