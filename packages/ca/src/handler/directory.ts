// The directory (RFC 8555 §7.1.1) and nonces (§7.2): the unsigned part of the protocol.
import type { CaContext } from '../context.ts';
import { newId } from '../ids.ts';
import { paths } from '../paths.ts';
import type { CaResponse, Exchange } from './exchange.ts';
import { empty, indexLink, json, urlOf } from './respond.ts';

/** The index of URLs. Holds one random key that clients have to ignore, as Let's Encrypt does, to keep them honest. */
export function readDirectory({ ca }: Exchange): CaResponse {
  const directory = {
    newNonce: urlOf(ca, paths.newNonce),
    newAccount: urlOf(ca, paths.newAccount),
    newOrder: urlOf(ca, paths.newOrder),
    ...(ca.preAuthorization ? { newAuthz: urlOf(ca, paths.newAuthorization) } : {}),
    revokeCert: urlOf(ca, paths.revokeCertificate),
    keyChange: urlOf(ca, paths.keyChange),
    renewalInfo: urlOf(ca, paths.renewalInfoBase),
    [newId(ca.random)]: 'unknown members of a directory must be ignored',
    meta: directoryMeta(ca),
  };
  return json(directory, { headers: { 'cache-control': 'public, max-age=0, no-cache' } });
}

function directoryMeta(ca: CaContext): object {
  const { caaIdentities, termsOfServiceUrl, website } = ca;
  return {
    ...(termsOfServiceUrl === undefined ? {} : { termsOfService: termsOfServiceUrl }),
    ...(website === undefined ? {} : { website }),
    ...(caaIdentities.length === 0 ? {} : { caaIdentities }),
    ...(ca.externalAccounts.required ? { externalAccountRequired: true } : {}),
    profiles: Object.fromEntries([...ca.profiles].map(([name, { description }]) => [name, description])),
  };
}

/** A fresh nonce: 200 to HEAD, 204 to GET (§7.2). */
export function createNonce({ ca, request }: Exchange): CaResponse {
  return empty(request.method === 'HEAD' ? 200 : 204, {
    'replay-nonce': ca.nonces.issue(),
    'cache-control': 'no-store',
    link: indexLink(ca),
  });
}
