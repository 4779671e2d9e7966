// Where the directory comes from: memory, the caller's cache, or the CA. One fetch at a time, refreshed on demand.
import type { Clock, Log } from '@certward/base';

import { parseDirectory } from './directory.ts';
import { parseJson, type Reply } from './reply.ts';
import type { CallOptions, Directory } from './types.ts';
import type { UrlPolicy } from './url-policy.ts';

/** A directory as kept between runs. */
export interface CachedDirectory {
  /** The JSON text as served. Parsed and checked again on each load: a cache is input like any other. */
  readonly body: string;
  readonly fetchedAt: Date;
}

/** Keeps directories between runs, so that a warm start needs no request for one. Failures to load or save are ignored. */
export interface DirectoryCache {
  load(url: string): Promise<CachedDirectory | undefined>;
  save(url: string, directory: CachedDirectory): Promise<void>;
}

/** Directories change a few times a year; a day keeps the news (profiles, terms) fresh enough. */
const longestAgeMs = 24 * 3_600_000;

/** The parts of a session that this needs. */
interface DirectorySourceOptions {
  readonly directoryUrl: string;
  readonly directoryCache: DirectoryCache | undefined;
  readonly policy: UrlPolicy;
  readonly clock: Clock;
  readonly log: Log;
}

/** Hands out the directory of one CA. */
export class DirectorySource {
  readonly #options: DirectorySourceOptions;
  readonly #get: (url: string, options: CallOptions) => Promise<Reply>;
  #known: { readonly directory: Directory; readonly fetchedAt: Date; readonly isFromCache: boolean } | undefined;
  #flight: Promise<Directory> | undefined;

  constructor(options: DirectorySourceOptions, get: (url: string, options: CallOptions) => Promise<Reply>) {
    this.#options = options;
    this.#get = get;
  }

  /** True while the directory in use was not read from the CA by this process, so that its URLs may be out of date. */
  get isFromCache(): boolean {
    return this.#known?.isFromCache === true;
  }

  /** The directory, no older than a day; `refresh` asks the CA in any case. */
  async get({ signal, refresh = false }: CallOptions & { readonly refresh?: boolean } = {}): Promise<Directory> {
    signal?.throwIfAborted();
    if (!refresh && this.#known !== undefined && this.#isFresh(this.#known.fetchedAt)) return this.#known.directory;
    if (this.#flight === undefined) {
      // Shared by all who wait, so it does not carry the signal of whoever came first; request timeouts bound it.
      const flight = this.#load(refresh).finally(() => {
        if (this.#flight === flight) this.#flight = undefined;
      });
      flight.catch(() => undefined);
      this.#flight = flight;
    }
    return await abandonable(this.#flight, signal);
  }

  #isFresh(fetchedAt: Date): boolean {
    const ageMs = this.#options.clock.now().getTime() - fetchedAt.getTime();
    // A date in the future means that the clock was wrong then or is wrong now.
    return ageMs >= 0 && ageMs < longestAgeMs;
  }

  async #load(refresh: boolean): Promise<Directory> {
    const cached = refresh || this.#known !== undefined ? undefined : await this.#fromCache();
    if (cached !== undefined) return cached;
    return await this.#fetch();
  }

  async #fromCache(): Promise<Directory | undefined> {
    const { directoryCache, directoryUrl, policy, log } = this.#options;
    try {
      const cached = await directoryCache?.load(directoryUrl);
      if (cached === undefined || !this.#isFresh(cached.fetchedAt)) return undefined;
      const directory = parseDirectory(parseJson(cached.body), policy);
      this.#known = { directory, fetchedAt: cached.fetchedAt, isFromCache: true };
      return directory;
    } catch (error) {
      log.debug('cached directory not used', { directoryUrl, error });
      return undefined;
    }
  }

  async #fetch(): Promise<Directory> {
    const { directoryCache, directoryUrl, policy, clock, log } = this.#options;
    const json = (await this.#get(policy.check(directoryUrl, 'the directory url'), {})).json;
    const directory = parseDirectory(json, policy);
    const fetchedAt = clock.now();
    this.#known = { directory, fetchedAt, isFromCache: false };
    try {
      // Inside, because JSON that nests deeply enough can be parsed but not written.
      await directoryCache?.save(directoryUrl, { body: JSON.stringify(json), fetchedAt });
    } catch (error) {
      log.debug('directory not cached', { directoryUrl, error });
    }
    return directory;
  }
}

/** `promise`, or the signal's reason as soon as it aborts; the work behind the promise goes on for others. */
function abandonable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
