// Runs Pebble, the ACME test server of Let's Encrypt, on loopback with a TLS certificate of its own.
import { writeFile } from 'node:fs/promises';
import { TestbedError } from '../errors.ts';
import { findBinary } from '../binaries.ts';
import { type HttpAnswer, type HttpCall, callHttp } from '../http-call.ts';
import { freePort, freePorts } from '../ports.ts';
import { type RunningProcess, startProcess } from '../process.ts';
import { Resources } from '../resources.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { createServerIdentity } from '../test-ca.ts';
import { type Challtestsrv, startChalltestsrv } from './challtestsrv.ts';
import { type PebbleBehaviour, pebbleConfig, pebbleEnvironment } from './config.ts';

/** How {@link startPebble} starts. */
export interface PebbleOptions extends PebbleBehaviour {
  /** Where HTTP-01 is validated. Default: a free port. */
  readonly httpPort?: number;
  /** Where TLS-ALPN-01 is validated. Default: a free port. */
  readonly tlsPort?: number;
  /** `host:port` of the name server that Pebble asks. Default: a challtestsrv of its own, see {@link Pebble.names}. */
  readonly dnsServer?: string;
  readonly signal?: AbortSignal | undefined;
}

/** What the management interface knows about an issued certificate. */
export interface CertificateStatus {
  readonly status: 'Valid' | 'Revoked';
  readonly serial: string;
  readonly reason: number | undefined;
}

/** A Pebble that runs. Disposing ends it and its name server. */
export interface Pebble extends AsyncDisposable {
  readonly directoryUrl: string;
  readonly managementUrl: string;
  /** Trust this to speak TLS with it. Not the root of what it issues: see {@link Pebble.roots}. */
  readonly trustedCaPem: string;
  readonly httpPort: number;
  readonly tlsPort: number;
  /** The name server started for this Pebble; undefined when `dnsServer` was given. */
  readonly names: Challtestsrv | undefined;
  readonly process: RunningProcess;
  /** The issuing roots in PEM, the alternates after the first; new ones at each start. */
  roots(): Promise<readonly string[]>;
  /** The issuing intermediates in PEM, one per root. */
  intermediates(): Promise<readonly string[]>;
  /** What ARI answers for a certificate from now on, unchecked (2.8 and newer). */
  setRenewalInfo(certificatePem: string, answer: string): Promise<void>;
  /** By the serial in hexadecimal. */
  certificateStatus(serial: string): Promise<CertificateStatus | undefined>;
  /**
   * Whether it still answers. Pebble can lock itself up for good with many orders in flight: a test that sees false has
   * found no fault of the client, and starts anew.
   */
  isResponsive(): Promise<boolean>;
}

/** Starts a Pebble on free ports and waits until its directory answers. */
export async function startPebble(options: PebbleOptions = {}): Promise<Pebble> {
  const { version = '2.10' } = options;
  const command = findBinary(version === '2.4' ? 'pebble' : `pebble-${version}`);
  await using resources = new Resources();
  const folder = resources.use(await temporaryFolder('pebble'));
  const identity = await createServerIdentity();
  const [port = 0, managementPort = 0] = await freePorts(2);
  const places = {
    port,
    managementPort,
    httpPort: options.httpPort ?? (await freePort()),
    tlsPort: options.tlsPort ?? (await freePort()),
    certificatePath: folder.join('certificate.pem'),
    keyPath: folder.join('key.pem'),
  };
  await writeFile(places.certificatePath, identity.certificatePem);
  await writeFile(places.keyPath, identity.keyPem, { mode: 0o600 });
  await writeFile(folder.join('config.json'), pebbleConfig(options, places));

  const names = options.dnsServer === undefined ? resources.use(await startChalltestsrv({ version })) : undefined;
  const call = (url: string, more: HttpCall = {}) => callHttp(url, { trustedCaPem: identity.trustedCaPem, ...more });
  const directoryUrl = `https://127.0.0.1:${port}/dir`;
  const managementUrl = `https://127.0.0.1:${managementPort}`;
  const answers = async (url: string) => (await call(url, { timeoutMs: 2_000 })).status === 200;
  const server = resources.use(
    await startProcess({
      name: `pebble ${version}`,
      command,
      args: [
        '-config', folder.join('config.json'),
        '-dnsserver', options.dnsServer ?? names?.dnsServer ?? '',
        ...(options.strict === true ? ['-strict'] : []),
      ],
      env: pebbleEnvironment(options),
      ready: async () => (await answers(directoryUrl)) && (await answers(`${managementUrl}/roots/0`)),
      readyTimeoutMs: 30_000,
      signal: options.signal,
    }),
  );
  const owned = resources.move();
  return {
    directoryUrl,
    managementUrl,
    trustedCaPem: identity.trustedCaPem,
    httpPort: places.httpPort,
    tlsPort: places.tlsPort,
    names,
    process: server,
    ...managementOf(managementUrl, call),
    isResponsive: () => answers(directoryUrl).catch(() => false),
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

type Management = Pick<Pebble, 'roots' | 'intermediates' | 'setRenewalInfo' | 'certificateStatus'>;

function managementOf(url: string, call: (url: string, more?: HttpCall) => Promise<HttpAnswer>): Management {
  /** Pebble numbers them from 0 and answers 404 behind the last. */
  const list = async (path: string): Promise<string[]> => {
    const found: string[] = [];
    for (;;) {
      const answer = await call(`${url}/${path}/${found.length}`);
      if (answer.status !== 200) return found;
      found.push(answer.text);
    }
  };
  return {
    roots: () => list('roots'),
    intermediates: () => list('intermediates'),
    setRenewalInfo: async (certificatePem, answer) => {
      const body = JSON.stringify({ Certificate: certificatePem, ARIResponse: answer });
      const reply = await call(`${url}/set-renewal-info/`, { body });
      if (reply.status === 200) return;
      throw new TestbedError('peerRefused', `pebble answered ${reply.status} to set-renewal-info: ${reply.text}`, {
        hint: 'renewal information can be forced from Pebble 2.8 on',
      });
    },
    certificateStatus: async (serial) => {
      const answer = await call(`${url}/cert-status-by-serial/${serial}`);
      if (answer.status !== 200) return undefined;
      const body = JSON.parse(answer.text) as { Status: 'Valid' | 'Revoked'; Serial: string; Reason?: number };
      return { status: body.Status, serial: body.Serial, reason: body.Reason };
    },
  };
}
