// The newOrder resource (RFC 8555 §7.4), with profiles (draft-ietf-acme-profiles) and `replaces` (RFC 9773 §5).
import { type Identifier, sameIdentifiers } from '@certward/pki';

import type { AccountContext } from './account-context.ts';
import { AcmeError, type AcmeProblem, isProblem, ReplyLostError } from './errors.ts';
import { invalidResponse } from './fields.ts';
import { openOrder, Order } from './order.ts';
import { sendSigned } from './signed-request.ts';
import type { CallOptions } from './types.ts';

/** What to order. */
export interface NewOrder {
  /** Wildcards as `*.example.com`. */
  readonly identifiers: readonly Identifier[];
  /** A profile that must be had: `profileNotOffered` when the directory does not list it. */
  readonly profile?: string | undefined;
  /** A profile to use where the CA offers it. `profile` goes before it. */
  readonly preferredProfile?: string | undefined;
  /** RFC 9773 id of the certificate that this one replaces; exempts from rate limits. Left out where the CA has no ARI. */
  readonly replaces?: string | undefined;
  /** Many CAs refuse these two. Whole seconds are sent. */
  readonly notBefore?: Date | undefined;
  readonly notAfter?: Date | undefined;
}

/** With these a CA refuses `replaces` itself, not the order: types differ by CA and version. */
const refusalsOfReplaces = ['alreadyReplaced', 'malformed', 'conflict', 'serverInternal'] as const;

/**
 * Places an order. Never sent twice when its answer may be lost: then `replyLost` is thrown, for the caller to look
 * through the account's orders (where headers arrived, the order is simply read). One further request without `replaces`
 * when the CA refuses it; one after a directory refresh when it refuses the profile.
 */
export async function placeOrder(account: AccountContext, order: NewOrder, options: CallOptions): Promise<Order> {
  if (order.identifiers.length === 0) throw new AcmeError('argumentInvalid', 'an order needs at least one identifier');
  const wanted = await settleOptions(account, order, options);
  try {
    return await send(account, wanted, options);
  } catch (error) {
    if (wanted.replaces !== undefined && isProblem(error, ...refusalsOfReplaces)) {
      account.session.options.log.info('order repeated without replaces', { replaces: wanted.replaces, type: error.type, detail: error.detail });
      return await send(account, { ...wanted, replaces: undefined }, options, error);
    }
    if (order.profile === undefined && wanted.profile !== undefined && isProblem(error, 'invalidProfile')) {
      // A preference only: the directory we know is out of date.
      await account.session.directory({ ...options, refresh: true });
      return await send(account, { ...wanted, profile: undefined }, options);
    }
    throw error;
  }
}

interface SettledOrder {
  readonly identifiers: readonly Identifier[];
  readonly profile: string | undefined;
  readonly replaces: string | undefined;
  readonly notBefore: Date | undefined;
  readonly notAfter: Date | undefined;
}

async function settleOptions(account: AccountContext, order: NewOrder, options: CallOptions): Promise<SettledOrder> {
  const { identifiers, notBefore, notAfter, replaces } = order;
  const directory = await account.session.directory(options);
  const profile = await settleProfile(account, order, options);
  return { identifiers, notBefore, notAfter, profile, replaces: directory.renewalInfo === undefined ? undefined : replaces };
}

/** Only advertised profiles may be asked for; an unknown one is looked up afresh once, the directory may be old. */
async function settleProfile({ session }: AccountContext, order: NewOrder, options: CallOptions): Promise<string | undefined> {
  const { profile, preferredProfile } = order;
  const isOffered = async (name: string, refresh: boolean) => (await session.directory({ ...options, refresh })).meta.profiles.has(name);
  if (profile !== undefined) {
    if ((await isOffered(profile, false)) || (await isOffered(profile, true))) return profile;
    const offered = [...(await session.directory(options)).meta.profiles.keys()];
    throw new AcmeError('profileNotOffered', `the ca does not offer the profile "${profile}"`, {
      details: { profile, offered },
      hint: offered.length === 0 ? 'this ca has no profiles' : `it offers ${offered.map((name) => `"${name}"`).join(', ')}`,
    });
  }
  return preferredProfile !== undefined && (await isOffered(preferredProfile, false)) ? preferredProfile : undefined;
}

async function send(account: AccountContext, order: SettledOrder, options: CallOptions, replacesRefused?: AcmeProblem): Promise<Order> {
  const { session } = account;
  const { identifiers, profile, replaces, notBefore, notAfter } = order;
  const payload = {
    identifiers: identifiers.map(({ type, value }) => ({ type, value })),
    ...(profile === undefined ? {} : { profile }),
    ...(replaces === undefined ? {} : { replaces }),
    ...(notBefore === undefined ? {} : { notBefore: wholeSeconds(notBefore) }),
    ...(notAfter === undefined ? {} : { notAfter: wholeSeconds(notAfter) }),
  };
  const giveUpOn = replaces === undefined ? [] : ['serverInternal'];
  const request = { signer: account.signer(), payload, what: 'the new order', once: true, giveUpOn };
  try {
    const reply = await session.withResource('newOrder', (url) => sendSigned(session, { ...request, url }, options), options);
    if (reply.location === undefined) throw invalidResponse('an order without a usable Location');
    session.options.log.info('order placed', { orderUrl: reply.location, identifiers: identifiers.map(({ value }) => value) });
    return checked(new Order(account, reply.location, reply, replacesRefused), identifiers);
  } catch (error) {
    // The headers came through: the order exists and can be read.
    if (error instanceof ReplyLostError && error.location !== undefined) return checked(await openOrder(account, error.location, options), identifiers);
    throw error;
  }
}

/** Proofs are put in place for what the order names, so it must name what was asked for: in any order, and nothing else. */
function checked(order: Order, identifiers: readonly Identifier[]): Order {
  if (sameIdentifiers(order.state.identifiers, identifiers)) return order;
  throw invalidResponse('an order for other identifiers than asked for');
}

function wholeSeconds(date: Date): string {
  return date.toISOString().replace(/\.\d{3}Z$/, 'Z');
}
