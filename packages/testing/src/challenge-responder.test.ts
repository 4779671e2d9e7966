import { connect } from 'node:tls';
import { createAcmeTlsAlpnCertificate, generatePrivateKey, parseIdentifier, privateKeyToPem } from '@certward/pki';
import { systemClock } from '@certward/base';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ChallengeResponder, startChallengeResponder } from './challenge-responder.ts';
import { callHttp } from './http-call.ts';
import { type LeakWatch, watchForLeaks } from './leaks.ts';
import { freePorts } from './ports.ts';

let leaks: LeakWatch;
let responder: ChallengeResponder;
let httpPort: number;
let tlsPort: number;

beforeEach(async () => {
  leaks = watchForLeaks();
  [httpPort = 0, tlsPort = 0] = await freePorts(2);
  responder = await startChallengeResponder({ httpPort, tlsPort });
});
afterEach(async () => {
  await responder[Symbol.asyncDispose]();
  await leaks.assertNone();
});

test('serves a key authorization until it is told to forget it', async () => {
  responder.answerHttp('token', 'token.thumbprint');
  const url = `http://127.0.0.1:${httpPort}/.well-known/acme-challenge/token`;
  expect(await callHttp(url)).toMatchObject({ status: 200, text: 'token.thumbprint' });
  responder.forgetHttp('token');
  expect(await callHttp(url)).toMatchObject({ status: 404 });
  expect(responder.answers).toBe(0);
  expect(responder.httpRequests.map((request) => request.path)).toEqual(['/.well-known/acme-challenge/token', '/.well-known/acme-challenge/token']);
});

test('presents the certificate of a name by the challenge protocol, and none for other names', async () => {
  const key = await generatePrivateKey({ type: 'ecdsa', curve: 'P-256' });
  const identifier = parseIdentifier('example.org');
  const certificate = createAcmeTlsAlpnCertificate({ key, identifier, keyAuthorization: 'token.thumbprint', now: systemClock.now() });
  responder.answerTls('example.org', { keyPem: privateKeyToPem(key), certificatePem: certificate.pem });
  const shake = (servername: string) =>
    new Promise<{ protocol: string | false | null; san: string | undefined }>((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port: tlsPort, servername, ALPNProtocols: ['acme-tls/1'], rejectUnauthorized: false }, () => {
        resolve({ protocol: socket.alpnProtocol, san: socket.getPeerX509Certificate()?.subjectAltName });
        socket.destroy();
      });
      socket.once('error', reject);
    });
  expect(await shake('example.org')).toEqual({ protocol: 'acme-tls/1', san: 'DNS:example.org' });
  await expect(shake('other.example.org')).rejects.toThrow(/disconnected|reset|closed|alert/i);
});
