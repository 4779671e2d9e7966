// Finalization (RFC 8555 §7.4): the client's CSR turns a ready order into a certificate.
import { checkCsr } from '../authority/csr-policy.ts';
import { finalizeOrder } from '../issuance.ts';
import { Problem } from '../problem.ts';
import { isKeyBlocked } from '../revocation.ts';
import { orderStatus } from '../status.ts';
import { authorizationsOf } from '../store/store.ts';
import type { AccountExchange, CaResponse } from './exchange.ts';
import { orderResponse, ownOrder } from './order.ts';
import { requiredBytes } from './payload.ts';

/**
 * Issues for a ready order. A bad CSR leaves the order ready, to be tried again with a better one. Rights come from the
 * order's authorizations alone, never from what the request says.
 */
export function finalize({ account, ca, params, payload = {} }: AccountExchange): CaResponse {
  const order = ownOrder(ca, account.id, params['order']);
  const csrDer = requiredBytes(payload, 'csr');
  const status = orderStatus(order, authorizationsOf(ca.store, order), ca.clock.now());
  if (status !== 'ready') throw new Problem('orderNotReady', `the order is ${status}, not ready`);
  const csr = checkCsr(csrDer, { identifiers: order.identifiers, accountThumbprint: account.thumbprint });
  if (isKeyBlocked(ca, csr.publicKey)) throw new Problem('badCSR', 'this key is known to be compromised');
  return orderResponse(ca, finalizeOrder(ca, order, csr), 200, { omitLocation: ca.hostile.omitsFinalizeLocation });
}
