// The engine against Pebble: the whole way with real validation, nonces refused, proof reused, and the number of requests.
import { type Account, createAcmeClient, createHttpsTransport, type Transport } from '@certward/acme';
import { type Authenticator, createMemoryJournal, createStandaloneAuthenticator, createTlsAlpnAuthenticator, type IssuanceRequest, runIssuance } from '@certward/engine';
import { generatePrivateKey } from '@certward/pki';
import { type Pebble, type PebbleOptions, startPebble } from '@certward/testing';
import { describe, expect, test } from 'vitest';
import { dnsNames } from './support/world.ts';

interface Lane extends AsyncDisposable {
  readonly pebble: Pebble;
  readonly account: Account;
  /** Requests so far, by method and path. */
  readonly requests: string[];
}

async function openLane(options: PebbleOptions): Promise<Lane> {
  const pebble = await startPebble(options);
  const requests: string[] = [];
  const transport = createHttpsTransport({ trustedCaPem: pebble.trustedCaPem });
  const counting: Transport = {
    send: (request, more) => {
      requests.push(`${request.method} ${new URL(request.url).pathname.split('/')[1] ?? ''}`);
      return transport.send(request, more);
    },
    close: () => transport.close(),
  };
  const client = createAcmeClient({ directoryUrl: pebble.directoryUrl, transport: counting });
  const account = await client.createAccount({ key: await generatePrivateKey({ type: 'ecdsa', curve: 'P-256' }), termsOfServiceAgreed: true });
  requests.length = 0;
  return {
    pebble,
    account,
    requests,
    async [Symbol.asyncDispose]() {
      await client.close();
      await pebble[Symbol.asyncDispose]();
    },
  };
}

function issue({ pebble, account }: Lane, authenticator: Authenticator, request: Partial<IssuanceRequest> = {}) {
  return runIssuance(
    { id: 'lineage', directoryUrl: pebble.directoryUrl, account, identifiers: dnsNames('a.test'), authenticatorFor: () => authenticator, ...request },
    { journal: createMemoryJournal(), store: async () => undefined },
  );
}

describe('against Pebble', () => {
  test('one certificate by standalone takes at most eight requests', async () => {
    await using lane = await openLane({ strict: true, nonceRejectPercent: 0, authzReusePercent: 0 });
    await issue(lane, createStandaloneAuthenticator({ port: lane.pebble.httpPort }));
    expect(lane.requests).toSatisfy((requests: readonly string[]) => requests.length <= 8);
  });

  test('a hundred names by standalone in one certificate', async () => {
    await using lane = await openLane({ nonceRejectPercent: 0, authzReusePercent: 0 });
    const names = Array.from({ length: 100 }, (_, index) => `n${index}.test`);
    const result = await issue(lane, createStandaloneAuthenticator({ port: lane.pebble.httpPort }), { identifiers: dnsNames(...names) });
    expect(result.chain[0]?.identifiers).toHaveLength(100);
  });

  test('with refused nonces, reused proof and pauses as Pebble has them by default, ten times over', async () => {
    await using lane = await openLane({ strict: true, nonceRejectPercent: 15, authzReusePercent: 50, retryAfter: { authz: 1, order: 1 } });
    const standalone = createStandaloneAuthenticator({ port: lane.pebble.httpPort });
    for (let round = 0; round < 10; round++) {
      const result = await issue(lane, standalone, { identifiers: dnsNames('a.test', `r${round}.test`) });
      expect(result.chain[0]?.identifiers).toHaveLength(2);
    }
    expect(standalone.port).toBeUndefined();
  });

  test('tls-alpn-01 for a name and an address', async () => {
    await using lane = await openLane({ nonceRejectPercent: 0, authzReusePercent: 0 });
    const identifiers = [...dnsNames('a.test'), { type: 'ip' as const, value: '127.0.0.1' }];
    const result = await issue(lane, createTlsAlpnAuthenticator({ port: lane.pebble.tlsPort }), { identifiers });
    expect(result.chain[0]?.identifiers).toHaveLength(2);
  });

  test('a dry run exercises the challenge although Pebble reuses all proof', async () => {
    await using lane = await openLane({ nonceRejectPercent: 0, authzReusePercent: 100 });
    const standalone = createStandaloneAuthenticator({ port: lane.pebble.httpPort });
    await issue(lane, standalone);
    lane.requests.length = 0;
    await issue(lane, standalone, { dryRun: true });
    expect(lane.requests.filter((request) => request === 'POST chalZ')).toHaveLength(1);
  });

  test('a refused proof is reported with the words of Pebble', async () => {
    await using lane = await openLane({ nonceRejectPercent: 0, authzReusePercent: 0 });
    const deaf: Authenticator = { ...createStandaloneAuthenticator({ port: lane.pebble.httpPort }), present: async (_challenge, handle) => handle };
    await expect(issue(lane, deaf, { identifiers: dnsNames('a.test', 'b.test') })).rejects.toMatchObject({
      code: 'validationFailed',
      failures: [{ problemType: 'connection' }, { problemType: 'connection' }],
      hint: expect.stringContaining('port 80') as unknown,
    });
  });
});
