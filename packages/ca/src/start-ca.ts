// Starts an authority that listens: opens its keys and its store, issues its own TLS certificate, and says what it is.
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type Clock, isAbort, type Log, type Random, silentLog, systemClock, systemRandom } from '@certward/base';
import type { KeySpec } from '@certward/pki';
import { Authority } from './authority/authority.ts';
import { createMemoryCredentials, openCredentialFolder } from './authority/credential-folder.ts';
import { type Ca, type CaSettings, createCa, defaultName } from './create-ca.ts';
import { CaError } from './errors.ts';
import { type CaMode, checkPlainHttp, type GuardedOptions, judgeOptions } from './guardrails.ts';
import type { CaRequest, CaResponse } from './handler/exchange.ts';
import { listen } from './http-listener.ts';
import { issueListenerCertificate, keepListenerCertificateFresh } from './listener-certificate.ts';
import { createMemoryStore } from './store/memory.ts';
import { openSqliteStore } from './store/sqlite.ts';
import type { Store } from './store/store.ts';
import { createNetworkValidator } from './validation/network-validator.ts';
import type { Validator } from './validation/validator.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** What {@link startCa} takes. */
export interface StartCaOptions extends CaSettings, GuardedOptions {
  /** Address or name to listen on. Default 127.0.0.1. */
  readonly host?: string | undefined;
  /** Default 0: any free port. An authority that keeps its data should keep its port, since account URLs contain it. */
  readonly port?: number | undefined;
  /** Default true. Plain http is served on loopback only. */
  readonly tls?: boolean | undefined;
  /** Scheme, host and port that clients use, where they differ from where we listen. */
  readonly publicUrl?: string | undefined;
  /** Further names in the listener's own certificate. */
  readonly hostNames?: readonly string[] | undefined;
  /** Where keys and state are kept. Default: nowhere, all is forgotten at the end. */
  readonly dataFolder?: string | undefined;
  /** The authority's name in its certificates. Default `Certward CA`. */
  readonly name?: string | undefined;
  /** Kind of the authority's own keys at first start. Default ECDSA P-256. */
  readonly key?: KeySpec | undefined;
  /** How many roots sign the intermediate; each beyond the first gives an alternate chain. Default 1. */
  readonly roots?: number | undefined;
  /** A validator instead of the one that `validation` describes. */
  readonly validator?: Validator | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  readonly log?: Log | undefined;
}

/** An authority that listens. Dispose it to stop. */
export interface RunningCa extends Omit<Ca, 'handle' | 'prune'> {
  readonly port: number;
  readonly mode: CaMode;
  /** Lines for a person who starts it: what it is, in which mode, and everything odd about it. */
  readonly startMessage: readonly string[];
}

/**
 * Starts an authority. Throws `unsafeOptionUnnamed`, `plainHttpBeyondLoopback`, `listenRefused`, `dataFolderInUse`,
 * `dataFolderUnreadable`, `sqliteUnavailable`, `optionInvalid`.
 */
export async function startCa(options: StartCaOptions = {}): Promise<RunningCa> {
  const opened: AsyncDisposable[] = [];
  try {
    return await start(options, (part) => (opened.push(part), part));
  } catch (error) {
    await closeAll(opened);
    throw error;
  }
}

/** Remembers a part that has to be closed again, and hands it back. */
type Keep = <T extends AsyncDisposable>(part: T) => T;

async function start(options: StartCaOptions, keep: Keep): Promise<RunningCa> {
  const { clock = systemClock, host = '127.0.0.1', log = silentLog, name = defaultName, random = systemRandom, tls = true } = options;
  const { mode, warnings } = judgeOptions(options);
  if (!tls) checkPlainHttp(host);
  const opened: AsyncDisposable[] = [];
  const own: Keep = (part) => (opened.push(part), keep(part));

  const store = own(await openStore(options.dataFolder));
  const authority = await openAuthority(options, { clock, random, name });
  const publicHost = publicHostOf(host);
  const hosts = [publicHost, ...hostOfUrl(options.publicUrl), ...(options.hostNames ?? [])];
  const certificateParts = { authority, clock, random, log, hosts };
  const credentials = tls ? await issueListenerCertificate(certificateParts) : undefined;
  // Our own address, which the handler needs, is known only once the port is.
  let ca: Ca | undefined;
  const handle = async (request: CaRequest) => (ca === undefined ? notReady : await ca.handle(request));
  const listener = own(await listen({ host, port: options.port ?? 0, credentials, handle }));
  const publicUrl = options.publicUrl ?? originOf({ tls, host: publicHost, port: listener.port });
  const validator = chooseValidator(options, { clock, random });
  const running = own((ca = createCa({ ...options, store, authority, publicUrl, validator, mode, warnings, name, clock, random, log })));
  if (tls) own(inBackground((signal) => keepListenerCertificateFresh(certificateParts, { install: (fresh) => listener.install(fresh), signal })));
  own(inBackground((signal) => pruneDaily(running, { clock, log, signal })));

  const { directoryUrl, rootsPem } = running;
  log.info('certificate authority started', { directoryUrl, mode, warnings });
  return {
    publicUrl,
    directoryUrl,
    rootsPem,
    port: listener.port,
    mode,
    startMessage: describeStart({ name, mode, warnings, directoryUrl, dataFolder: options.dataFolder }),
    idle: () => running.idle(),
    setRenewalWindow: (certId, window) => running.setRenewalWindow(certId, window),
    [Symbol.asyncDispose]: () => closeAll(opened),
  };
}

const notReady: CaResponse = { status: 503, headers: { 'retry-after': '1' }, body: '' };

/** Last opened, first closed: the listener before the store it writes to. */
async function closeAll(parts: AsyncDisposable[]): Promise<void> {
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) await part[Symbol.asyncDispose]();
}

async function openStore(dataFolder: string | undefined): Promise<Store> {
  if (dataFolder === undefined) return createMemoryStore();
  // Opening it creates the folder with the right mode before SQLite puts a file there.
  await openCredentialFolder(dataFolder);
  return await openSqliteStore(join(dataFolder, 'ca.sqlite'));
}

async function openAuthority(
  { dataFolder, key = { type: 'ecdsa', curve: 'P-256' }, roots = 1 }: StartCaOptions,
  parts: { readonly clock: Clock; readonly random: Random; readonly name: string },
): Promise<Authority> {
  if (!Number.isInteger(roots) || roots < 1 || roots > 10) throw new CaError('optionInvalid', `an authority has 1 to 10 roots, not "${roots}"`);
  const credentials = dataFolder === undefined ? createMemoryCredentials() : await openCredentialFolder(join(dataFolder, 'keys'));
  return await Authority.open({ ...parts, credentials, key, roots });
}

function chooseValidator(options: StartCaOptions, parts: { readonly clock: Clock; readonly random: Random }): Validator {
  if (options.skipValidation === true) return { validate: async () => {} };
  const { caaIdentities, issuerDomainNames = caaIdentities } = options;
  return options.validator ?? createNetworkValidator({ ...parts, caaIdentities, issuerDomainNames, ...options.validation });
}

/** Work that goes on until it is disposed of. */
function inBackground(work: (signal: AbortSignal) => Promise<void>): AsyncDisposable {
  const abort = new AbortController();
  const running = work(abort.signal);
  return {
    async [Symbol.asyncDispose]() {
      abort.abort();
      await running;
    },
  };
}

async function pruneDaily(ca: Ca, { clock, log, signal }: { readonly clock: Clock; readonly log: Log; readonly signal: AbortSignal }): Promise<void> {
  try {
    for (;;) {
      await clock.sleep(dayMs, { signal });
      ca.prune();
    }
  } catch (error) {
    if (!isAbort(error, signal)) log.error('old orders could not be forgotten', { error });
  }
}

/** A wildcard address is no name to reach us by. */
function publicHostOf(host: string): string {
  return host === '0.0.0.0' || host === '::' ? hostname() : host;
}

function hostOfUrl(publicUrl: string | undefined): string[] {
  return publicUrl !== undefined && URL.canParse(publicUrl) ? [new URL(publicUrl).hostname.replace(/^\[|\]$/g, '')] : [];
}

function originOf({ host, port, tls }: { readonly tls: boolean; readonly host: string; readonly port: number }): string {
  return new URL(`${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`).origin;
}

function describeStart(facts: {
  readonly name: string;
  readonly mode: CaMode;
  readonly warnings: readonly string[];
  readonly directoryUrl: string;
  readonly dataFolder: string | undefined;
}): readonly string[] {
  const { dataFolder, directoryUrl, mode, name, warnings } = facts;
  return [
    mode === 'test' ? `${name} in TEST MODE: nothing should trust its root` : `${name} in intranet mode: machines that trust its root trust what it issues`,
    `directory: ${directoryUrl}`,
    dataFolder === undefined ? 'keys and state are in memory and will be forgotten' : `keys and state are in ${dataFolder}`,
    ...warnings.map((warning) => `warning: ${warning}`),
  ];
}
