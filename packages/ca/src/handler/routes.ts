// The handler table: every resource as data. Which method, who signs, what payload, and the function that serves it.
import type { paths } from '../paths.ts';
import { createAccount, readOrUpdateAccount } from './account.ts';
import { preAuthorize, readOrDeactivateAuthorization, readOrRespondToChallenge } from './authorization.ts';
import { downloadCertificate } from './certificate.ts';
import { createNonce, readDirectory } from './directory.ts';
import type { AccountExchange, CaResponse, Exchange, KeyExchange, SignerExchange } from './exchange.ts';
import { finalize } from './finalize.ts';
import { changeAccountKey } from './key-change.ts';
import { createOrder, readOrder } from './order.ts';
import { listOrders } from './orders-list.ts';
import type { PayloadKind } from './pipeline.ts';
import { readCrl, readHome, readRoot, readRoots } from './public-pages.ts';
import { readRenewalInfo } from './renewal-info.ts';
import { revoke } from './revocation.ts';

/** A resource that anybody may GET. */
interface OpenRoute {
  readonly signer: 'none';
  readonly run: (exchange: Exchange) => CaResponse;
}

/** A resource that takes signed POSTs, by who signs them. */
type SignedRoute = { readonly payload: PayloadKind } & (
  | { readonly signer: 'account'; readonly run: (exchange: AccountExchange) => CaResponse }
  | { readonly signer: 'key'; readonly run: (exchange: KeyExchange) => CaResponse }
  | { readonly signer: 'either'; readonly run: (exchange: SignerExchange) => CaResponse }
);

/** One line of the table. */
export type Route = OpenRoute | SignedRoute;

/** The name of a route, which is the name of its path. */
export type RouteName = Exclude<keyof typeof paths, 'renewalInfoBase'>;

/** Every route there is; what is not here does not exist. */
export const routes = {
  home: { signer: 'none', run: readHome },
  directory: { signer: 'none', run: readDirectory },
  roots: { signer: 'none', run: readRoots },
  root: { signer: 'none', run: readRoot },
  crl: { signer: 'none', run: readCrl },
  newNonce: { signer: 'none', run: createNonce },
  renewalInfo: { signer: 'none', run: readRenewalInfo },
  newAccount: { signer: 'key', payload: 'object', run: createAccount },
  account: { signer: 'account', payload: 'either', run: readOrUpdateAccount },
  orders: { signer: 'account', payload: 'none', run: listOrders },
  keyChange: { signer: 'account', payload: 'object', run: changeAccountKey },
  newAuthorization: { signer: 'account', payload: 'object', run: preAuthorize },
  newOrder: { signer: 'account', payload: 'object', run: createOrder },
  order: { signer: 'account', payload: 'none', run: readOrder },
  finalize: { signer: 'account', payload: 'object', run: finalize },
  authorization: { signer: 'account', payload: 'either', run: readOrDeactivateAuthorization },
  challenge: { signer: 'account', payload: 'either', run: readOrRespondToChallenge },
  certificate: { signer: 'account', payload: 'none', run: downloadCertificate },
  alternate: { signer: 'account', payload: 'none', run: downloadCertificate },
  revokeCertificate: { signer: 'either', payload: 'object', run: revoke },
} as const satisfies Readonly<Record<RouteName, Route>>;
