// The floor of issuance: the ACME requests of some certificates in plain Node, without checks, files, plug-ins or
// error handling. Nothing of Certward is in it.
//
// bare-loop.mjs DIRECTORY-URL HTTP01-PORT ACCOUNT-FILE IN-FLIGHT NAME[,NAME…] [NAME[,NAME…] …]   one list per certificate
// ACCOUNT-FILE: JSON { url, jwk (private) }, made by `register` of bench/acme-account.mjs.
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';

const [directoryUrl = '', port = '', accountFile = '', inFlight = '1', ...certificates] = process.argv.slice(2);
const account = JSON.parse(readFileSync(accountFile, 'utf8'));
const accountKey = createPrivateKey({ key: account.jwk, format: 'jwk' });
const { crv, kty, x, y } = createPublicKey(accountKey).export({ format: 'jwk' });
const thumbprint = createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
const agent = new https.Agent({ keepAlive: true, maxSockets: Number(inFlight), rejectUnauthorized: false });
/** @type {string[]} */
const nonces = [];
/** @type {Map<string, string>} */
const tokens = new Map();

/** @param {string} url @param {string} method @param {string} [body] @returns {Promise<{ headers: http.IncomingHttpHeaders, text: string }>} */
function request(url, method, body) {
  return new Promise((resolve, reject) => {
    const headers = {
      'user-agent': 'bare-loop',
      ...(body === undefined ? {} : { 'content-type': 'application/jose+json', 'content-length': Buffer.byteLength(body) }),
    };
    const outgoing = https.request(url, { method, agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (/** @type {string} */ chunk) => (text += chunk));
      response.on('end', () => {
        const nonce = response.headers['replay-nonce'];
        if (typeof nonce === 'string') nonces.push(nonce);
        if ((response.statusCode ?? 0) >= 400) reject(new Error(text));
        else resolve({ headers: response.headers, text });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** @param {string} url @param {unknown} [payload] */
async function post(url, payload) {
  if (nonces.length === 0) await request(directory.newNonce, 'HEAD');
  const encode = (/** @type {unknown} */ value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const header = encode({ alg: 'ES256', kid: account.url, nonce: nonces.pop(), url });
  const body = payload === undefined ? '' : encode(payload);
  const signature = sign('sha256', Buffer.from(`${header}.${body}`), { key: accountKey, dsaEncoding: 'ieee-p1363' }).toString('base64url');
  return request(url, 'POST', JSON.stringify({ protected: header, payload: body, signature }));
}

/** @param {string} url @param {string} status */
async function poll(url, status) {
  for (;;) {
    const order = JSON.parse((await post(url)).text);
    if (order.status === status) return order;
    if (order.status === 'invalid') throw new Error(JSON.stringify(order));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** @param {number} tag @param {...Buffer} parts */
function der(tag, ...parts) {
  const content = Buffer.concat(parts);
  const size = content.length;
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

/** @param {readonly string[]} names */
function csr(names) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const san = der(0x30, ...names.map((name) => der(0x82, Buffer.from(name))));
  const extension = der(0x30, Buffer.from('0603551d11', 'hex'), der(0x04, san));
  const attribute = der(0x30, Buffer.from('06092a864886f70d01090e', 'hex'), der(0x31, der(0x30, extension)));
  const info = der(0x30, Buffer.from('0201003000', 'hex'), publicKey.export({ type: 'spki', format: 'der' }), der(0xa0, attribute));
  const algorithm = Buffer.from('300a06082a8648ce3d040302', 'hex');
  return der(0x30, info, algorithm, der(0x03, Buffer.from([0]), sign('sha256', info, privateKey))).toString('base64url');
}

/** @param {readonly string[]} names */
async function obtain(names) {
  const identifiers = names.map((value) => ({ type: 'dns', value }));
  const created = await post(directory.newOrder, { identifiers });
  const orderUrl = created.headers.location ?? '';
  const order = JSON.parse(created.text);
  const challenges = await Promise.all(
    order.authorizations.map(async (/** @type {string} */ url) => {
      const authorization = JSON.parse((await post(url)).text);
      const challenge = authorization.challenges.find((/** @type {{ type: string }} */ one) => one.type === 'http-01');
      tokens.set(challenge.token, `${challenge.token}.${thumbprint}`);
      return challenge.url;
    }),
  );
  await Promise.all(challenges.map((/** @type {string} */ url) => post(url, {})));
  await poll(orderUrl, 'ready');
  await post(order.finalize, { csr: csr(names) });
  const done = await poll(orderUrl, 'valid');
  return (await post(done.certificate)).text;
}

const directory = JSON.parse((await request(directoryUrl, 'GET')).text);
const responder = http.createServer((incoming, response) => response.end(tokens.get(incoming.url?.split('/').pop() ?? '')));
await new Promise((resolve) => responder.listen(Number(port), '127.0.0.1', () => resolve(undefined)));
const queue = certificates.map((list) => list.split(','));
await Promise.all(
  Array.from({ length: Math.min(Number(inFlight), queue.length) }, async () => {
    for (let names = queue.shift(); names !== undefined; names = queue.shift()) await obtain(names);
  }),
);
agent.destroy();
responder.closeAllConnections();
responder.close();
