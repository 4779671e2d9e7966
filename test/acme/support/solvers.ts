// Solvers over the test-bed's responder and name server, as a program that uses the library would write them.
import type { ChallengeToPresent, Solver } from '@certward/acme';
import { systemClock } from '@certward/base';
import { createAcmeTlsAlpnCertificate, generatePrivateKey, type Identifier, privateKeyToPem, reverseName } from '@certward/pki';
import type { ChallengeResponder, Pebble } from '@certward/testing';

/** Proves control over names and addresses by HTTP-01. */
export function httpSolver(responder: ChallengeResponder): Solver {
  return {
    challengeTypes: ['http-01'],
    present: async ({ token, validation }) => responder.answerHttp(token, validation),
    cleanUp: async ({ token }) => responder.forgetHttp(token),
  };
}

/** Proves control by TLS-ALPN-01. */
export function tlsAlpnSolver(responder: ChallengeResponder): Solver {
  return {
    challengeTypes: ['tls-alpn-01'],
    present: async ({ identifier, keyAuthorization }) => {
      const key = await generatePrivateKey({ type: 'ecdsa', curve: 'P-256' });
      const certificate = createAcmeTlsAlpnCertificate({ key, identifier, keyAuthorization, now: systemClock.now() });
      responder.answerTls(serverName(identifier), { keyPem: privateKeyToPem(key), certificatePem: certificate.pem });
    },
    cleanUp: async ({ identifier }) => responder.forgetTls(serverName(identifier)),
  };
}

/** RFC 8738 §6: an address is asked for by its reverse name. */
function serverName({ type, value }: Identifier): string {
  return type === 'ip' ? reverseName(value) : value;
}

/** Proves control by DNS; several values under one name live side by side until the name is no longer needed by any. */
export function dnsSolver(pebble: Pebble, types: Solver['challengeTypes'] = ['dns-01']): Solver {
  const { names } = pebble;
  if (names === undefined) throw new Error('this lane has a name server of its own');
  const users = new Map<string, number>();
  const use = (name: string, change: number): number => {
    const count = (users.get(name) ?? 0) + change;
    users.set(name, count);
    return count;
  };
  return {
    challengeTypes: types,
    present: async ({ recordName, validation }: ChallengeToPresent) => {
      use(recordName, 1);
      await names.addTxt(recordName, validation);
    },
    cleanUp: async ({ recordName }) => {
      if (use(recordName, -1) === 0) await names.clearTxt(recordName);
    },
  };
}
