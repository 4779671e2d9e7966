// The list of an account's orders (RFC 8555 §7.1.2.1), page by page. Several CAs, Let's Encrypt among them, have none.
import { type Identifier, sameIdentifiers } from '@certward/pki';

import type { AccountContext } from './account-context.ts';
import { AcmeProblem } from './errors.ts';
import { objectOf, requiredList, requiredUrl } from './fields.ts';
import { linkTargets } from './link-header.ts';
import { openOrder, type Order } from './order.ts';
import { sendSigned } from './signed-request.ts';
import type { CallOptions } from './types.ts';

/** Pages that are read at most: a server whose pages go in circles must not hold us for ever. */
const mostPages = 1_000;

/** Orders that are opened at most while looking for one. */
const mostOpened = 100;

/** The URLs of the account's orders, as the server lists them: in no order that means anything. Ends when pages repeat. */
export async function* readOrderUrls(account: AccountContext, ordersUrl: string, options: CallOptions): AsyncGenerator<string> {
  const seenPages = new Set<string>();
  const seen = new Set<string>();
  let page: string | undefined = ordersUrl;
  while (page !== undefined && !seenPages.has(page) && seenPages.size < mostPages) {
    seenPages.add(page);
    const reply = await sendSigned(account.session, { url: page, signer: account.signer(), what: 'the list of orders' }, options);
    for (const url of requiredList(objectOf(reply.json, 'a list of orders'), 'orders', 'a list of orders')) {
      const checked = requiredUrl({ url }, 'url', 'a list of orders', account.session.policy);
      if (!seen.has(checked)) yield checked;
      seen.add(checked);
    }
    const next: string | undefined = linkTargets(reply.headers['link'], 'next', page)[0];
    page = next === undefined ? undefined : account.session.policy.check(next, 'the next page of orders');
  }
}

/** What to look for. */
export interface OrderSearch {
  readonly identifiers: readonly Identifier[];
  readonly profile?: string | undefined;
}

/**
 * The first open order (pending, ready or processing) for exactly these identifiers: how a lost answer to newOrder is
 * settled. Looks at a hundred orders at most.
 */
export async function findOpenOrder(account: AccountContext, ordersUrl: string, search: OrderSearch, options: CallOptions): Promise<Order | undefined> {
  let opened = 0;
  for await (const url of readOrderUrls(account, ordersUrl, options)) {
    if (opened++ >= mostOpened) return undefined;
    const order = await openIfThere(account, url, options);
    if (order === undefined) continue;
    const { status, identifiers, profile } = order.state;
    // The status decides, not `expires`: with a fast clock every order would look expired, and a second one be made.
    const isOpen = status === 'pending' || status === 'ready' || status === 'processing';
    const isWanted = sameIdentifiers(identifiers, search.identifiers) && (search.profile === undefined || profile === undefined || search.profile === profile);
    if (isOpen && isWanted) return order;
  }
  return undefined;
}

/** Lists may name orders that were purged meanwhile. */
async function openIfThere(account: AccountContext, url: string, options: CallOptions): Promise<Order | undefined> {
  try {
    return await openOrder(account, url, options);
  } catch (error) {
    if (error instanceof AcmeProblem && error.status >= 400 && error.status < 500) return undefined;
    throw error;
  }
}
