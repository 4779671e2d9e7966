// The orders of an account, a page at a time (RFC 8555 §7.1.2.1).
import { fillPath, paths } from '../paths.ts';
import { Problem } from '../problem.ts';
import { orderStatus } from '../status.ts';
import { authorizationsOf } from '../store/store.ts';
import type { AccountExchange, CaResponse } from './exchange.ts';
import { json, link, urlOf } from './respond.ts';

/** Lists order URLs, oldest first; invalid orders are left out. `Link: rel="next"` leads on. */
export function listOrders({ account, ca, params, request }: AccountExchange): CaResponse {
  if (params['account'] !== account.id) throw new Problem('unauthorized', 'this is another account');
  const after = new URLSearchParams(request.path.split('?')[1] ?? '').get('after');
  const page = ca.store.ordersOf(account.id, { limit: ca.ordersPerPage, ...(after === null ? {} : { after }) });
  const now = ca.clock.now();
  const shown = page.items.filter((order) => orderStatus(order, authorizationsOf(ca.store, order), now) !== 'invalid');
  const nextUrl = page.next === undefined ? undefined : urlOf(ca, `${fillPath(paths.orders, { account: account.id })}?after=${page.next}`);
  return json(
    { orders: shown.map((order) => urlOf(ca, fillPath(paths.order, { order: order.id }))) },
    nextUrl === undefined ? {} : { headers: { link: link(nextUrl, 'next') } },
  );
}
