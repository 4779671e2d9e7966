// Waits until every authoritative server, at every address, answers with the challenge records.
// Never sleeps a fixed time, and never asks a recursive resolver: that would make it remember the absence.
import { type Clock, mapConcurrent, systemClock } from '@certward/base';
import { createDnsClient, type DnsClient } from './client.ts';
import { PropagationTimeout, type ServerReport } from './errors.ts';
import { checkServer, defaultPatience, type Patience, patienceSeconds, type ServerToAsk, type WantedRecordSet } from './server-check.ts';
import type { Zone } from './zone.ts';

/** One TXT value to wait for. */
export interface ExpectedRecord {
  /** The name after all delegation. */
  readonly fqdn: string;
  readonly value: string;
  readonly zone: Zone;
}

/** How {@link waitForPropagation} waits. */
export interface PropagationOptions {
  /** Default 120 s. */
  readonly timeoutSeconds?: number;
  readonly client?: DnsClient;
  readonly clock?: Clock;
  readonly patience?: Partial<Patience>;
  /** Told whenever the number of servers that answer with the records changes. */
  readonly onProgress?: ((message: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What {@link waitForPropagation} found. */
export interface PropagationResult {
  /** Servers that were left out because they do not answer properly; worth a warning. */
  readonly leftOut: readonly ServerReport[];
}

/** Short for waiting, so that one dead server does not hold up a round; the default retries are spread over rounds. */
const waitingClient = { udpTimeoutsMs: [2_000], tcpTimeoutMs: 2_000 };
const firstPauseMs = 500;
const longestPauseMs = 15_000;

/**
 * Resolves once all servers that can be asked have all records, and at least one can be asked.
 *
 * A server that answers without the record is waited for until the time is up. One that is silent or answers with an
 * error is waited for as long as `patience` says and then left out, provided that another server answers; one that
 * this machine has no route to is left out at once. When waiting took more than one round, all are asked once more at
 * the end, because one address may hide several machines.
 *
 * @throws PropagationTimeout with what each server last said
 */
export async function waitForPropagation(records: readonly ExpectedRecord[], options: PropagationOptions = {}): Promise<PropagationResult> {
  const { clock = systemClock, timeoutSeconds = 120, signal } = options;
  const client = options.client ?? createDnsClient(waitingClient);
  const watch = new Watch(serversOf(records), { ...defaultPatience, ...options.patience }, options.onProgress);
  const startedMs = clock.monotonicMs();
  const elapsedSeconds = () => (clock.monotonicMs() - startedMs) / 1000;
  let pauseMs = firstPauseMs;
  for (let round = 1; ; round++) {
    await watch.ask(watch.unfinished(), { client, signal });
    if (watch.isDone(elapsedSeconds())) {
      if (round === 1) return { leftOut: watch.leftOut() };
      await watch.ask(watch.finished(), { client, signal });
      if (watch.isDone(elapsedSeconds())) return { leftOut: watch.leftOut() };
    }
    const leftMs = timeoutSeconds * 1000 - (clock.monotonicMs() - startedMs);
    if (leftMs <= 0) throw timedOut(records, watch.reports(), timeoutSeconds);
    await clock.sleep(Math.min(pauseMs, leftMs), { signal });
    pauseMs = Math.min(longestPauseMs, pauseMs * 1.5);
  }
}

/** Every address of every server, with the record sets that are due there. */
function serversOf(records: readonly ExpectedRecord[]): ServerToAsk[] {
  const byZone = new Map<string, { readonly zone: Zone; readonly sets: Map<string, Set<string>> }>();
  for (const { zone, fqdn, value } of records) {
    const entry = byZone.get(zone.name) ?? { zone, sets: new Map<string, Set<string>>() };
    byZone.set(zone.name, entry);
    entry.sets.set(fqdn, (entry.sets.get(fqdn) ?? new Set()).add(value));
  }
  return [...byZone.values()].flatMap(({ zone, sets }) => {
    const wanted: WantedRecordSet[] = [...sets].map(([fqdn, values]) => ({ fqdn, values }));
    return zone.servers.flatMap(({ name: nameServer, addresses }): ServerToAsk[] =>
      addresses.length === 0 ? [{ nameServer, address: undefined, wanted }] : addresses.map((address) => ({ nameServer, address, wanted })),
    );
  });
}

/** What is known so far about each server. */
class Watch {
  readonly #servers: readonly ServerToAsk[];
  readonly #patience: Patience;
  readonly #onProgress: ((message: string) => void) | undefined;
  readonly #reports = new Map<ServerToAsk, ServerReport>();
  #said = '';

  constructor(servers: readonly ServerToAsk[], patience: Patience, onProgress: ((message: string) => void) | undefined) {
    this.#servers = servers;
    this.#patience = patience;
    this.#onProgress = onProgress;
  }

  async ask(servers: readonly ServerToAsk[], options: { readonly client: DnsClient; readonly signal: AbortSignal | undefined }): Promise<void> {
    await mapConcurrent(servers, 32, async (server) => this.#reports.set(server, await checkServer(server, options)), { signal: options.signal });
    this.#tell();
  }

  reports(): ServerReport[] {
    return this.#servers.flatMap((server) => this.#reports.get(server) ?? []);
  }

  unfinished(): ServerToAsk[] {
    return this.#servers.filter((server) => this.#reports.get(server)?.state !== 'ready');
  }

  finished(): ServerToAsk[] {
    return this.#servers.filter((server) => this.#reports.get(server)?.state === 'ready');
  }

  /** Every zone needs a server that has its records; the others must have them too or have used up their patience. */
  isDone(elapsedSeconds: number): boolean {
    const reports = this.reports();
    const zonesServed = new Set(this.finished().map((server) => server.wanted));
    return (
      this.#servers.every((server) => zonesServed.has(server.wanted)) &&
      reports.every((report) => patienceSeconds(report.state, this.#patience) <= elapsedSeconds)
    );
  }

  leftOut(): ServerReport[] {
    return this.reports().filter((report) => report.state !== 'ready');
  }

  #tell(): void {
    const total = this.#servers.length;
    const message = `${this.finished().length} of ${total} name ${total === 1 ? 'server answers' : 'servers answer'} with the record`;
    if (message !== this.#said) this.#onProgress?.(message);
    this.#said = message;
  }
}

function timedOut(records: readonly ExpectedRecord[], reports: readonly ServerReport[], timeoutSeconds: number): PropagationTimeout {
  const ready = reports.filter((report) => report.state === 'ready').length;
  const answered = reports.some((report) => report.state === 'ready' || report.state === 'missing');
  const [first] = records;
  const others = new Set(records.map((record) => record.fqdn)).size - 1;
  const names = `"${first?.fqdn ?? ''}"${others > 0 ? ` and ${others} more` : ''}`;
  const open = reports.filter((report) => report.state !== 'ready').map((report) => report.description);
  return new PropagationTimeout(
    `after ${timeoutSeconds} s only ${ready} of ${reports.length} name servers answer with the TXT record of ${names}: ${open.join('; ')}`,
    reports,
    {
      details: { names: records.map((record) => record.fqdn), timeoutSeconds },
      hint: answered
        ? 'wait longer, or check that the primary name server sends its changes to the others'
        : 'check that outgoing UDP and TCP to port 53 are allowed, or set a fixed propagation time to skip the check',
    },
  );
}
