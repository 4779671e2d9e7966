// Accounts (RFC 8555 §7.3): create or find, read, update, deactivate.
import { jwkThumbprint } from '@certward/pki';
import type { CaContext } from '../context.ts';
import { newId } from '../ids.ts';
import type { AccountRecord } from '../model.ts';
import { fillPath, paths } from '../paths.ts';
import { Problem } from '../problem.ts';
import { isKeyBlocked } from '../revocation.ts';
import { checkContacts } from './contact.ts';
import type { AccountExchange, CaResponse, KeyExchange } from './exchange.ts';
import { verifyExternalAccountBinding } from './external-account.ts';
import { type JsonObject, member, optionalBoolean, optionalString } from './payload.ts';
import { accountDeactivated, accountUrl } from './pipeline.ts';
import { json, link, urlOf } from './respond.ts';

/** newAccount: 201 for a new account, 200 with its URL where the key is known (§7.3, §7.3.1). */
export function createAccount(exchange: KeyExchange): CaResponse {
  const { ca, jwk, payload = {}, request } = exchange;
  const thumbprint = jwkThumbprint(jwk);
  const known = ca.store.accountByThumbprint(thumbprint);
  if (known !== undefined) {
    if (known.deactivatedAt !== undefined) throw accountDeactivated();
    return accountResponse(ca, known, 200);
  }
  if (optionalBoolean(payload, 'onlyReturnExisting') === true) {
    throw new Problem('accountDoesNotExist', 'no account has this key');
  }
  checkKeyNotBlocked(exchange);
  const contact = checkContacts(payload);
  const termsOfServiceAgreed = checkTerms(ca, payload);
  const binding = verifyExternalAccountBinding(exchange);
  ca.rateLimits.check({ kind: 'newAccount', remoteAddress: request.remoteAddress });
  const account: AccountRecord = {
    id: newId(ca.random),
    thumbprint,
    jwk,
    contact,
    termsOfServiceAgreed,
    ...binding,
    createdAt: ca.clock.now(),
  };
  ca.store.putAccount(account);
  ca.log.info('account created', { account: account.id, eabKid: account.eabKid });
  return accountResponse(ca, account, 201);
}

function checkKeyNotBlocked({ ca, key }: KeyExchange): void {
  if (isKeyBlocked(ca, key)) throw new Problem('badPublicKey', 'this key is known to be compromised');
}

/** §7.3.3: where there are terms, a new account has to agree to them. */
function checkTerms(ca: CaContext, payload: JsonObject): boolean {
  const isAgreed = optionalBoolean(payload, 'termsOfServiceAgreed') === true;
  const { termsOfServiceUrl } = ca;
  if (termsOfServiceUrl !== undefined && !isAgreed) {
    throw new Problem('userActionRequired', 'the terms of service have to be agreed to', {
      headers: { link: link(termsOfServiceUrl, 'terms-of-service') },
      members: { instance: termsOfServiceUrl },
    });
  }
  return isAgreed;
}

/** The account's own URL: POST-as-GET reads it, an object updates contacts or deactivates it (§7.3.2, §7.3.6). */
export function readOrUpdateAccount({ account, ca, params, payload }: AccountExchange): CaResponse {
  if (params['account'] !== account.id) throw new Problem('unauthorized', 'this is another account');
  if (payload === undefined) return accountResponse(ca, account, 200);
  const updated = updateAccount(ca, account, payload);
  ca.store.putAccount(updated);
  return accountResponse(ca, updated, 200);
}

function updateAccount(ca: CaContext, account: AccountRecord, payload: JsonObject): AccountRecord {
  const status = optionalString(payload, 'status');
  if (status === 'deactivated') {
    ca.log.info('account deactivated', { account: account.id });
    return { ...account, deactivatedAt: ca.clock.now() };
  }
  if (status !== undefined && status !== 'valid') throw new Problem('malformed', 'the only status to ask for is "deactivated"');
  return member(payload, 'contact') === undefined ? account : { ...account, contact: checkContacts(payload) };
}

function accountResponse(ca: CaContext, account: AccountRecord, status: number): CaResponse {
  const body = {
    status: account.deactivatedAt === undefined ? 'valid' : 'deactivated',
    contact: account.contact,
    ...(account.termsOfServiceAgreed ? { termsOfServiceAgreed: true } : {}),
    ...(account.externalAccountBinding === undefined ? {} : { externalAccountBinding: account.externalAccountBinding }),
    orders: urlOf(ca, fillPath(paths.orders, { account: account.id })),
  };
  return json(body, { status, headers: { location: accountUrl(ca, account.id) } });
}
