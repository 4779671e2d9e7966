// A signed ACME request, and the check that a server makes of it.
import { generatePrivateKey, jwkThumbprint, jwkToPublicKey, parseFlattenedJws, publicJwk, signJws, verifyJws } from '@certward/pki';

const accountKey = await generatePrivateKey({ type: 'ecdsa', curve: 'P-256' });
const header = { nonce: 'c2VydmVy', url: 'https://ca.example/new-account', jwk: publicJwk(accountKey) };
const request = JSON.stringify(signJws({ key: accountKey, protected: header, payload: '{"termsOfServiceAgreed":true}' }));

const received = parseFlattenedJws(request);
export const isGenuine = verifyJws(received, jwkToPublicKey(received.header['jwk']), ['ES256', 'RS256']);
export const keyAuthorization = `token.${jwkThumbprint(accountKey)}`;
