// The way in: one client per CA. It opens accounts; accounts do the rest.
import type { KeyObject } from 'node:crypto';

import { type Clock, type Log, type Random, silentLog, systemClock, systemRandom } from '@certward/base';
import type { Certificate } from '@certward/pki';

import { Account } from './account.ts';
import type { DirectoryCache } from './directory-source.ts';
import { createHttpsTransport, type HttpsTransportOptions } from './https-transport.ts';
import { findAccount, type NewAccount, registerAccount } from './new-account.ts';
import { fetchRenewalInfo, type RenewalInfo } from './renewal-info.ts';
import { type Revocation, type RevocationOutcome, revokeCertificate } from './revocation.ts';
import { Session } from './session.ts';
import type { Transport } from './transport.ts';
import type { CallOptions, Directory } from './types.ts';
import { createUrlPolicy, type UrlPolicyOptions } from './url-policy.ts';

/** How to reach a CA. Only `directoryUrl` is needed. */
export interface AcmeClientOptions extends HttpsTransportOptions, UrlPolicyOptions {
  readonly directoryUrl: string;
  /** Put in front of our own User-Agent, e.g. `my-program/1.2` (§6.1: CAs use it to warn of faulty clients). */
  readonly userAgent?: string | undefined;
  /** Accept-Language of problem texts. Default `en`. */
  readonly language?: string | undefined;
  /** Carries the requests in place of node:https; the TLS options are then its own business. */
  readonly transport?: Transport | undefined;
  /** Keeps the directory between runs. */
  readonly directoryCache?: DirectoryCache | undefined;
  /** For one request, connecting included. Default 60 s: CAs under load have been seen to take 30. */
  readonly requestTimeoutMs?: number | undefined;
  /** A Retry-After beyond this is thrown instead of waited for. Default 30 s. */
  readonly longestWaitMs?: number | undefined;
  /**
   * Where the server's Date header is further from our clock than this, nothing is registered, ordered or finalized:
   * `clockWrong`. With a clock that far off every certificate looks due, or not valid yet. Default: no such check, since
   * the protocol itself does not depend on clocks.
   */
  readonly longestClockSkewMs?: number | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  readonly log?: Log | undefined;
}

/** RFC 8555 §6.1: a product token for this library, whatever the program adds. */
const ownUserAgent = `certward-acme/0.1.0 node/${process.versions.node.split('.', 1)[0]}`;

/** A client for the CA at `directoryUrl`. Nothing is requested until something is asked for. Throws `urlRefused` for an unfit URL. */
export function createAcmeClient(options: AcmeClientOptions): AcmeClient {
  const policy = createUrlPolicy(options);
  policy.check(options.directoryUrl, 'the directory url');
  const session = new Session({
    directoryUrl: options.directoryUrl,
    transport: options.transport ?? createHttpsTransport(options),
    policy,
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
    log: options.log ?? silentLog,
    userAgent: options.userAgent === undefined ? ownUserAgent : `${options.userAgent} ${ownUserAgent}`,
    language: options.language ?? 'en',
    directoryCache: options.directoryCache,
    requestTimeoutMs: options.requestTimeoutMs ?? 60_000,
    longestWaitMs: options.longestWaitMs ?? 30_000,
    longestClockSkewMs: options.longestClockSkewMs ?? Number.POSITIVE_INFINITY,
    connections: options.connections ?? 8,
  });
  return new AcmeClient(session);
}

/** One CA. */
export class AcmeClient {
  readonly #session: Session;

  /** For the library's own use: call {@link createAcmeClient}. */
  constructor(session: Session) {
    this.#session = session;
  }

  /** Where this client's CA is. */
  get directoryUrl(): string {
    return this.#session.options.directoryUrl;
  }

  /** The directory: what the CA offers, its terms and profiles. Kept for a day; `refresh` asks again. */
  async directory(options: CallOptions & { readonly refresh?: boolean } = {}): Promise<Directory> {
    return await this.#session.directory(options);
  }

  /**
   * Registers a key (§7.3), or returns the account it already has. Store the key before the call and the account's URL
   * after it. Throws problems such as `externalAccountRequired`, `userActionRequired`, `invalidContact`.
   */
  async createAccount({ signal, ...account }: NewAccount & CallOptions): Promise<Account> {
    const registered = await registerAccount(this.#session, account, { signal });
    if (registered.isNew) this.#session.options.log.info('account registered', { accountUrl: registered.url, directoryUrl: this.directoryUrl });
    return new Account(this.#session, { key: account.key, ...registered });
  }

  /** The account that `key` has at this CA (§7.3.1), or undefined. */
  async findAccount({ key, signal }: CallOptions & { readonly key: KeyObject }): Promise<Account | undefined> {
    const found = await findAccount(this.#session, key, { signal });
    return found === undefined ? undefined : new Account(this.#session, { key, url: found.url, state: found.state });
  }

  /** An account whose URL is known from an earlier run. Sends nothing. Throws `urlRefused` for an unfit URL. */
  openAccount({ key, url }: { readonly key: KeyObject; readonly url: string }): Account {
    return new Account(this.#session, { key, url: this.#session.policy.check(url, 'the account url') });
  }

  /** When the CA would like a certificate to be renewed (RFC 9773). Advisory: on any error decide by lifetime. */
  async renewalInfo(certificate: Certificate | string, { signal }: CallOptions = {}): Promise<RenewalInfo> {
    return await fetchRenewalInfo(this.#session, certificate, { signal });
  }

  /** Revokes a certificate by its own key (§7.6), for whoever has no account any more. */
  async revokeWithCertificateKey({ key, signal, ...revocation }: Revocation & CallOptions & { readonly key: KeyObject }): Promise<RevocationOutcome> {
    return await revokeCertificate(this.#session, { key }, revocation, { signal });
  }

  /**
   * How far the CA's clock is ahead of this machine's, in milliseconds, by the Date header of its last answer (whole
   * seconds, so a second more or less means nothing). Undefined before the first answer.
   */
  get clockSkewMs(): number | undefined {
    return this.#session.clockSkewMs;
  }

  /** Closes kept connections. The client stays usable. */
  async close(): Promise<void> {
    await this.#session.options.transport.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
