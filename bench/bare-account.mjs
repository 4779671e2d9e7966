// Makes the account that the bare loop uses, with nothing but Node. Not measured.
import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import https from 'node:https';

/**
 * Registers a new EC account and writes `{ url, jwk }` to a file.
 * @param {string} directoryUrl
 * @param {string} file
 */
export async function makeBareAccount(directoryUrl, file) {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { crv, kty, x, y } = createPublicKey(privateKey).export({ format: 'jwk' });
  const directory = JSON.parse((await send(directoryUrl, 'GET')).text);
  const nonce = (await send(directory.newNonce, 'HEAD')).headers['replay-nonce'];
  const encode = (/** @type {unknown} */ value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const header = encode({ alg: 'ES256', jwk: { crv, kty, x, y }, nonce, url: directory.newAccount });
  const payload = encode({ termsOfServiceAgreed: true });
  const signature = sign('sha256', Buffer.from(`${header}.${payload}`), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  const body = JSON.stringify({ protected: header, payload, signature: signature.toString('base64url') });
  const answer = await send(directory.newAccount, 'POST', body);
  if (answer.headers.location === undefined) throw new Error(answer.text);
  writeFileSync(file, JSON.stringify({ url: answer.headers.location, jwk: privateKey.export({ format: 'jwk' }) }), { mode: 0o600 });
}

/**
 * @param {string} url @param {string} method @param {string} [body]
 * @returns {Promise<{ headers: import('node:http').IncomingHttpHeaders, text: string }>}
 */
function send(url, method, body) {
  return new Promise((resolve, reject) => {
    const type = body === undefined ? {} : { 'content-type': 'application/jose+json', 'content-length': Buffer.byteLength(body) };
    const request = https.request(url, { method, rejectUnauthorized: false, headers: { 'user-agent': 'bare-loop', ...type } }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (/** @type {string} */ chunk) => (text += chunk));
      response.on('end', () => resolve({ headers: response.headers, text }));
    });
    request.on('error', reject);
    request.end(body);
  });
}
