// Obtain a certificate: an account, a solver, one call.
//
// The solver here answers http-01 from a map; port 80 of the name must reach this program. Try it against a test CA:
//   ACME_DIRECTORY=https://localhost:14000/dir ACME_CA=pebble-root.pem node 01-obtain.ts example.com
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';

import { createAcmeClient, obtainCertificate, type Solver } from '@certward/acme';
import { generatePrivateKey, parseIdentifier, privateKeyToPem } from '@certward/pki';

const { ACME_DIRECTORY = 'https://acme-staging-v02.api.letsencrypt.org/directory', ACME_CA, HTTP_PORT = '80' } = process.env;

// What the CA may fetch: a table, never a path into the file system.
const answers = new Map<string, string>();
const server = createServer((request, response) => {
  const answer = answers.get(request.url ?? '');
  response.statusCode = answer === undefined ? 404 : 200;
  response.end(answer);
}).listen(Number(HTTP_PORT));

const solver: Solver = {
  challengeTypes: ['http-01'],
  async present({ token, validation }) {
    answers.set(`/.well-known/acme-challenge/${token}`, validation);
  },
  async cleanUp({ token }) {
    answers.delete(`/.well-known/acme-challenge/${token}`);
  },
};

await using client = createAcmeClient({
  directoryUrl: ACME_DIRECTORY,
  userAgent: 'acme-example/1.0',
  // For a private CA: its root, beside those of the platform.
  trustedCaPem: ACME_CA === undefined ? undefined : await readFile(ACME_CA, 'utf8'),
});

// Keep the account key: it is the account. Show the terms before you agree to them.
const { meta } = await client.directory();
process.stdout.write(`terms of service: ${meta.termsOfService ?? 'none'}\n`);
const account = await client.createAccount({ key: await generatePrivateKey({ type: 'ecdsa', curve: 'P-256' }), termsOfServiceAgreed: true });

// The certificate has a key of its own. Keep it before ordering, so that no certificate is ever without its key.
const key = await generatePrivateKey({ type: 'ecdsa', curve: 'P-256' });
await writeFile('privkey.pem', privateKeyToPem(key), { mode: 0o600 });

const { certificatePem, chain } = await obtainCertificate({
  account,
  identifiers: process.argv.slice(2).map((name) => parseIdentifier(name)),
  key,
  solvers: [solver],
  signal: AbortSignal.timeout(120_000),
});
await writeFile('fullchain.pem', certificatePem);
process.stdout.write(`valid until ${chain[0]?.notAfter.toISOString()}\n`);
server.close();
