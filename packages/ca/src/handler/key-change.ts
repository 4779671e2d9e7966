// Account key rollover (RFC 8555 §7.3.5): the old key signs outside, the new one inside.
import { jwkThumbprint, parsePublicJwk, publicJwk } from '@certward/pki';
import { Problem } from '../problem.ts';
import { isKeyBlocked } from '../revocation.ts';
import type { AccountExchange, CaResponse } from './exchange.ts';
import { asObject, member, requiredString } from './payload.ts';
import { accountUrl, parseInnerJws, parseJwk, parsePayloadObject, verifySignature } from './pipeline.ts';
import { json } from './respond.ts';

/** Replaces the account's key; 409 with the owner's URL where the new key belongs to an account already. */
export function changeAccountKey({ account, ca, payload, url }: AccountExchange): CaResponse {
  const inner = parseInnerJws(payload, 'the payload');
  const { jwk, kid, nonce, url: innerUrl } = inner.header;
  if (jwk === undefined || kid !== undefined) throw new Problem('malformed', 'the inner JWS must have jwk and no kid');
  if (nonce !== undefined) throw new Problem('malformed', 'the inner JWS must not have a nonce');
  if (innerUrl !== url) throw new Problem('malformed', 'the inner JWS names another url than the request');
  const newKey = parseJwk(jwk);
  verifySignature(inner, newKey);

  const request = parsePayloadObject(inner);
  if (requiredString(request, 'account') !== accountUrl(ca, account.id)) {
    throw new Problem('malformed', 'the inner payload names another account than the outer JWS');
  }
  if (thumbprintOfOldKey(asObject(member(request, 'oldKey'), '"oldKey"')) !== account.thumbprint) {
    throw new Problem('malformed', 'oldKey is not the present key of the account');
  }
  if (isKeyBlocked(ca, newKey)) throw new Problem('badPublicKey', 'this key is known to be compromised');
  const newJwk = publicJwk(newKey);
  const thumbprint = jwkThumbprint(newJwk);
  const owner = ca.store.accountByThumbprint(thumbprint);
  if (owner !== undefined) {
    throw new Problem('malformed', 'the new key belongs to an account already', {
      status: 409,
      headers: { location: accountUrl(ca, owner.id) },
    });
  }
  ca.store.putAccount({ ...account, jwk: newJwk, thumbprint });
  ca.log.info('account key changed', { account: account.id });
  return json({}, { headers: { location: accountUrl(ca, account.id) } });
}

function thumbprintOfOldKey(oldKey: object): string | undefined {
  try {
    return jwkThumbprint(parsePublicJwk(oldKey));
  } catch {
    return undefined;
  }
}
