// The engine behind a fault proxy before Pebble, with a lineage store and a file journal: what a run leaves on the disk.
import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type Account, type AcmeClientOptions, createAcmeClient } from '@certward/acme';
import { type Clock, systemClock } from '@certward/base';
import { createFileJournal, createStandaloneAuthenticator, type IssuanceRequest, type Lineage, openLineageStore, runIssuance } from '@certward/engine';
import { generatePrivateKey, keysMatch, parsePrivateKeyPem } from '@certward/pki';
import { type FaultProxy, type FaultRule, type Pebble, type PebbleOptions, Resources, startFaultProxy, startPebble, temporaryFolder } from '@certward/testing';
import { dnsNames } from './world.ts';

/** What came of a run. */
export interface FaultyOutcome {
  readonly error: unknown;
  /** Orders that the server made, whatever the engine learnt of them. */
  readonly ordersMade: number;
  /** Rules that never struck: a run without its fault proves nothing. */
  readonly unusedRules: number;
}

/** What lies on the disk, as a person would look at it. */
export interface OnDisk {
  /** Names of lineages that load, each with the version that is live and whether key and certificate belong together. */
  readonly lineages: readonly { readonly name: string; readonly version: number; readonly whole: boolean }[];
  /** Files below archive, live and renewal that belong to no lineage that loads. */
  readonly strays: readonly string[];
  readonly journal: readonly string[];
}

/** One name, its folder and its account. */
export interface FaultyCase extends AsyncDisposable {
  /** Runs the issuance under these faults; as a new process would, with nothing in memory. */
  run(rules: readonly FaultRule[], options?: { readonly client?: Partial<AcmeClientOptions>; readonly request?: Partial<IssuanceRequest>; readonly clock?: Clock }): Promise<FaultyOutcome>;
  onDisk(): Promise<OnDisk>;
}

/** Pebble, the proxy, and an account. */
export interface FaultyWorld extends AsyncDisposable {
  readonly pebble: Pebble;
  readonly proxy: FaultProxy;
  newCase(name: string): Promise<FaultyCase>;
}

/** Starts it. */
export async function startFaultyWorld(options: PebbleOptions = {}): Promise<FaultyWorld> {
  await using resources = new Resources();
  const pebble = resources.use(await startPebble({ strict: true, nonceRejectPercent: 0, authzReusePercent: 0, ...options }));
  const proxy = resources.use(await startFaultProxy({ target: pebble.directoryUrl, trustedCaPem: pebble.trustedCaPem }));
  const connect = (more: Partial<AcmeClientOptions> = {}) =>
    createAcmeClient({ directoryUrl: proxy.directoryUrl, trustedCaPem: proxy.trustedCaPem, requestTimeoutMs: 15_000, ...more });
  const key = await generatePrivateKey({ type: 'ecdsa', curve: 'P-256' });
  await using registrar = connect();
  const { url } = await registrar.createAccount({ key, termsOfServiceAgreed: true });
  const owned = resources.move();
  return {
    pebble,
    proxy,
    async newCase(name) {
      const folder = await temporaryFolder('faulty');
      return {
        async run(rules, { client: more, request, clock = systemClock } = {}) {
          proxy.setRules(rules);
          await using client = connect({ clock, ...more });
          const account = client.openAccount({ key, url });
          const error = await issue({ name, folder: folder.path, account, httpPort: pebble.httpPort, directoryUrl: proxy.directoryUrl, request, clock });
          return { error, ordersMade: proxy.log.ordersMade(), unusedRules: proxy.unusedRules().length };
        },
        onDisk: () => look(folder.path),
        [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
      };
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

interface Issue {
  readonly name: string;
  readonly folder: string;
  readonly account: Account;
  readonly httpPort: number;
  readonly directoryUrl: string;
  readonly request: Partial<IssuanceRequest> | undefined;
  readonly clock: Clock;
}

/** Issues `name` into a lineage: a new one, or the next version. Resolves to the error, if any. */
async function issue({ name, folder, account, httpPort, directoryUrl, request, clock }: Issue): Promise<unknown> {
  const store = openLineageStore({ configDir: `${folder}/config` });
  const standalone = createStandaloneAuthenticator({ port: httpPort });
  const existing = store.names().includes(name) ? store.load(name) : undefined;
  try {
    await runIssuance(
      { id: name, directoryUrl, account, identifiers: dnsNames(name), authenticatorFor: () => standalone, ...request },
      {
        clock,
        journal: createFileJournal({ folder: `${folder}/journal` }),
        store: async ({ certificatePem, privateKeyPem }) => {
          const version = { fullchainPem: certificatePem, privateKeyPem: privateKeyPem?.reveal() ?? '' };
          if (existing === undefined) await store.create({ name, ...version, params: new Map([['server', directoryUrl]]) });
          else await store.addVersion(existing, version);
        },
      },
    );
    return standalone.port === undefined ? undefined : new Error(`port ${standalone.port} is still open`);
  } catch (error) {
    return error;
  }
}

async function look(folder: string): Promise<OnDisk> {
  const store = openLineageStore({ configDir: `${folder}/config` });
  const listed = store.list();
  const ok = listed.filter(({ status }) => status === 'ok').map(({ name }) => store.load(name));
  const lineages = await Promise.all(ok.map(async (lineage) => ({ name: lineage.name, version: lineage.version, whole: await isWhole(lineage) })));
  const known = new Set(ok.map(({ name }) => name));
  const strays = ['archive', 'live', 'renewal'].flatMap((part) => entries(`${folder}/config/${part}`).filter((one) => one !== 'README' && !known.has(one.replace(/\.conf$/, ''))).map((one) => `${part}/${one}`));
  return { lineages, strays, journal: entries(`${folder}/journal`) };
}

async function isWhole({ links, certificate }: Lineage): Promise<boolean> {
  const [cert, chain, fullchain, privkey] = await Promise.all([links.cert, links.chain, links.fullchain, links.privkey].map((path) => readFile(path, 'utf8')));
  return fullchain === `${cert}${chain}` && keysMatch(parsePrivateKeyPem(privkey ?? ''), certificate.publicKey);
}

function entries(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}
