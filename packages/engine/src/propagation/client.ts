// A DNS client for one question at one server: UDP first, TCP when the answer is cut short or nothing comes back.
import { type Random, systemRandom } from '@certward/base';
import { DnsError } from './errors.ts';
import { decodeAnswer, type DnsAnswer, type DnsQuestion, encodeQuestion } from './message.ts';
import type { ServerAddress } from './server-address.ts';
import { exchangeTcp, exchangeUdp } from './transport.ts';

/** How a {@link DnsClient} behaves. */
export interface DnsClientOptions {
  readonly random?: Random;
  /** How long each datagram waits for its answer; one entry per try. Default 1.5 s, then 3 s. */
  readonly udpTimeoutsMs?: readonly number[];
  /** Limit of the TCP exchange. Default 4 s. */
  readonly tcpTimeoutMs?: number;
}

/** Asks DNS servers. */
export interface DnsClient {
  /**
   * Asks one server one question.
   *
   * @returns the server's answer, whatever its code
   * @throws DnsError `dnsServerUnreachable`, `dnsServerSilent`, `dnsMessageMalformed`
   */
  ask(
    server: ServerAddress,
    question: DnsQuestion,
    options?: { readonly recursive?: boolean; readonly signal?: AbortSignal | undefined },
  ): Promise<DnsAnswer>;
}

/** Creates a client. It keeps no state and no sockets between questions. */
export function createDnsClient(options: DnsClientOptions = {}): DnsClient {
  const { random = systemRandom, udpTimeoutsMs = [1_500, 3_000], tcpTimeoutMs = 4_000 } = options;

  const attempt = (server: ServerAddress, question: DnsQuestion, how: AttemptOptions): Promise<DnsAnswer> => {
    const id = randomId(random);
    const message = encodeQuestion(question, { id, recursive: how.recursive, edns: how.edns });
    const read = (reply: Uint8Array) => decodeAnswer(reply, question, id);
    if (how.udpTimeoutMs !== undefined) {
      return exchangeUdp(server, message, { accept: read, random, timeoutMs: how.udpTimeoutMs, signal: how.signal });
    }
    return exchangeTcp(server, message, { timeoutMs: tcpTimeoutMs, signal: how.signal }).then((reply) => {
      const answer = read(reply);
      if (answer === undefined) throw new DnsError('dnsMessageMalformed', 'the answer belongs to another question', { retry: 'now' });
      return answer;
    });
  };

  const askOnce = async (server: ServerAddress, question: DnsQuestion, how: Omit<AttemptOptions, 'udpTimeoutMs'>): Promise<DnsAnswer> => {
    for (const udpTimeoutMs of udpTimeoutsMs) {
      try {
        const answer = await attempt(server, question, { ...how, udpTimeoutMs });
        if (!answer.truncated) return answer;
        break;
      } catch (error) {
        // Silence, a closed UDP port or garbage: the next try, and TCP at the end, may still succeed.
        if (!(error instanceof DnsError) || isUnroutable(error)) throw error;
      }
    }
    return attempt(server, question, { ...how, udpTimeoutMs: undefined });
  };

  return {
    async ask(server, question, { recursive = false, signal } = {}) {
      signal?.throwIfAborted();
      const answer = await askOnce(server, question, { recursive, signal, edns: true });
      // RFC 6891 §7: a server that knows no EDNS says FORMERR (or NOTIMP); the question is then asked without.
      if (answer.rcode !== 'FORMERR' && answer.rcode !== 'NOTIMP' && answer.rcode !== 'BADVERS') return answer;
      return askOnce(server, question, { recursive, signal, edns: false });
    },
  };
}

interface AttemptOptions {
  readonly recursive: boolean;
  readonly edns: boolean;
  /** Undefined: TCP. */
  readonly udpTimeoutMs: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Whether the error says that this machine has no route to the server, so that no other try can help. */
export function isUnroutable(error: unknown): boolean {
  return error instanceof DnsError && error.code === 'dnsServerUnreachable' && error.details['routable'] === false;
}

function randomId(random: Random): number {
  const [high = 0, low = 0] = random.bytes(2);
  return high * 256 + low;
}
