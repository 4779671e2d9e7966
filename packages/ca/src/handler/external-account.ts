// External account binding (RFC 8555 §7.3.4): proof that the operator handed this client a key beforehand.
import { base64urlDecode, base64urlEncode, jwkThumbprint, type ParsedJws, parsePublicJwk, verifyHmacJws } from '@certward/pki';
import type { AccountRecord } from '../model.ts';
import { Problem } from '../problem.ts';
import type { KeyExchange } from './exchange.ts';
import { member } from './payload.ts';
import { parseInnerJws, parsePayloadObject } from './pipeline.ts';

const macAlgorithms = ['HS256', 'HS384', 'HS512'] as const;

/** What a verified binding adds to the account. */
export type Binding = Pick<AccountRecord, 'eabKid' | 'externalAccountBinding'>;

/**
 * Verifies the binding in a newAccount payload. Without one: nothing, or `externalAccountRequired` where the authority
 * demands it. An unknown key id and a wrong MAC get the same answer, so that key ids cannot be guessed one by one.
 */
export function verifyExternalAccountBinding(exchange: KeyExchange): Binding {
  const { ca, payload = {} } = exchange;
  const value = member(payload, 'externalAccountBinding');
  if (value === undefined) {
    if (ca.externalAccounts.required) throw new Problem('externalAccountRequired', 'an external account binding is required');
    return {};
  }
  const jws = parseInnerJws(value, 'the external account binding');
  checkShape(exchange, jws);
  const { kid } = jws.header;
  const hmacKey = typeof kid === 'string' ? ca.externalAccounts.keys.get(kid) : undefined;
  const isGenuine = hmacKey !== undefined && verifyHmacJws(jws, base64urlDecode(hmacKey.reveal()), macAlgorithms);
  if (typeof kid !== 'string' || !isGenuine) {
    throw new Problem('unauthorized', 'the external account binding has an unknown kid or a wrong MAC');
  }
  if (ca.externalAccounts.singleUse && ca.store.isEabKidUsed(kid)) {
    throw new Problem('unauthorized', 'the external account key was used before');
  }
  return { eabKid: kid, externalAccountBinding: bareJws(jws) };
}

/** What is kept and shown again: the JWS without anything else that the client sent along, which could be of any size and depth. */
function bareJws({ signature, signingInput }: ParsedJws): NonNullable<Binding['externalAccountBinding']> {
  const [header, payload] = Buffer.from(signingInput).toString().split('.');
  return { protected: header, payload, signature: base64urlEncode(signature) };
}

/** The inner JWS: a MAC, the same url, no nonce, and the account key as payload. */
function checkShape({ jwk, url }: KeyExchange, jws: ParsedJws): void {
  const { alg, jwk: innerJwk, nonce, url: innerUrl } = jws.header;
  if (!macAlgorithms.some((algorithm) => algorithm === alg)) {
    throw new Problem('badSignatureAlgorithm', 'the external account binding must use HS256, HS384 or HS512', {
      members: { algorithms: macAlgorithms },
    });
  }
  if (nonce !== undefined || innerJwk !== undefined) {
    throw new Problem('malformed', 'the external account binding must have neither nonce nor jwk');
  }
  if (innerUrl !== url) throw new Problem('malformed', 'the external account binding names another url than the request');
  if (thumbprintOf(jws) !== jwkThumbprint(jwk)) {
    throw new Problem('malformed', 'the external account binding holds another key than the request');
  }
}

function thumbprintOf(jws: ParsedJws): string | undefined {
  try {
    return jwkThumbprint(parsePublicJwk(parsePayloadObject(jws)));
  } catch {
    return undefined;
  }
}
