// A small DNS client on dns-packet: one question to a list of servers, UDP first, TCP where the answer is truncated.
// What comes back is untrusted: wrong ids and questions are ignored, sizes and times bounded.
import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import { type Random, systemRandom, withDeadline } from '@certward/base';
import packet from 'dns-packet';
import { Problem } from '../problem.ts';

/** The record types we ask for. */
export type DnsType = 'A' | 'AAAA' | 'CNAME' | 'TXT' | 'CAA';

/** A server: address and port. */
export interface DnsServer {
  readonly address: string;
  readonly port: number;
}

/** One record of an answer. Names are lower-case without a final dot. */
export interface DnsRecord {
  readonly name: string;
  readonly type: string;
  readonly data: unknown;
}

/** What a server said: NXDOMAIN counts as an answer without records. */
export interface DnsAnswer {
  readonly records: readonly DnsRecord[];
  readonly isNameUnknown: boolean;
}

/** Asks one question. Throws a `dns` problem where no server gives a usable answer. */
export type DnsQuery = (name: string, type: DnsType, options: { readonly signal?: AbortSignal }) => Promise<DnsAnswer>;

/** How a client asks. */
export interface DnsClientOptions {
  readonly servers: readonly DnsServer[];
  /** Per server and try. Default 3 s. */
  readonly timeoutMs?: number;
  readonly random?: Random;
}

/** Rounds through the server list: UDP loses packets. */
const rounds = 2;
/** More than fits 64 kB cannot come over TCP anyway. */
const largestMessage = 65_535;
const truncatedFlag = packet.TRUNCATED_RESPONSE;

/** A client for these servers. */
export function createDnsClient({ random = systemRandom, servers, timeoutMs = 3_000 }: DnsClientOptions): DnsQuery {
  return async (name, type, { signal }) => {
    let failure: unknown = new Error('no DNS server is configured');
    for (let round = 0; round < rounds; round++) {
      for (const server of servers) {
        try {
          return await ask({ name, type, server, timeoutMs, random, signal });
        } catch (error) {
          signal?.throwIfAborted();
          failure = error;
        }
      }
    }
    if (failure instanceof Problem) throw failure;
    throw new Problem('dns', `looking up ${type} of "${name}" failed: no name server gave an answer`, { cause: failure });
  };
}

interface Question {
  readonly name: string;
  readonly type: DnsType;
  readonly server: DnsServer;
  readonly timeoutMs: number;
  readonly random: Random;
  readonly signal: AbortSignal | undefined;
}

async function ask(question: Question): Promise<DnsAnswer> {
  const { name, random, server, signal, timeoutMs, type } = question;
  const [high = 0, low = 0] = random.bytes(2);
  const id = high * 256 + low;
  const query = packet.encode({ type: 'query', id, flags: packet.RECURSION_DESIRED, questions: [{ type, name }] });
  const accept = (message: Uint8Array) => decodeAnswer(message, { id, name, type });
  const awaited = `the DNS server ${server.address}`;
  const first = await withDeadline(awaited, timeoutMs, (limit) => exchangeUdp({ server, query, accept, signal: limit }), signal);
  if (!first.isTruncated) return toAnswer(first, question);
  const second = await withDeadline(awaited, timeoutMs, (limit) => exchangeTcp({ server, query, accept, signal: limit }), signal);
  return toAnswer(second, question);
}

interface Message {
  readonly rcode: string;
  readonly isTruncated: boolean;
  readonly records: readonly DnsRecord[];
}

interface Transfer {
  readonly server: DnsServer;
  readonly query: Uint8Array;
  /** The message where it answers our question, else undefined. */
  readonly accept: (message: Uint8Array) => Message | undefined;
  readonly signal: AbortSignal;
}

function exchangeUdp({ accept, query, server, signal }: Transfer): Promise<Message> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({ type: isIPv6(server.address) ? 'udp6' : 'udp4', signal });
    const settle = (finish: () => void) => {
      signal.removeEventListener('abort', onAbort);
      socket.removeAllListeners('message');
      if (!signal.aborted) socket.close();
      finish();
    };
    const onAbort = () => settle(() => reject(signal.reason as Error));
    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('error', (error) => settle(() => reject(error)));
    socket.on('message', (message) => {
      const answer = accept(message);
      // A stray or forged packet is dropped; the real answer may still come.
      if (answer !== undefined) settle(() => resolve(answer));
    });
    // Connected, so that the kernel drops packets from anywhere else and reports a closed port.
    socket.connect(server.port, server.address, () => socket.send(query));
  });
}

function exchangeTcp({ accept, query, server, signal }: Transfer): Promise<Message> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: server.address, port: server.port, signal });
    const chunks: Buffer[] = [];
    let size = 0;
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the DNS server closed the connection')));
    socket.on('connect', () => socket.write(Buffer.concat([Uint8Array.of(query.length >> 8, query.length & 0xff), query])));
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size < 2) return;
      const received = Buffer.concat(chunks);
      const wanted = 2 + received.readUInt16BE(0);
      if (size > largestMessage + 2) socket.destroy();
      if (size < wanted) return;
      socket.destroy();
      const answer = accept(received.subarray(2, wanted));
      if (answer === undefined) reject(new Error('the DNS server answered another question'));
      else resolve(answer);
    });
  });
}

/** The message, if it is a response to this very question. Anything malformed counts as not received. */
function decodeAnswer(message: Uint8Array, asked: { readonly id: number; readonly name: string; readonly type: DnsType }): Message | undefined {
  try {
    const decoded = packet.decode(Buffer.from(message.buffer, message.byteOffset, message.byteLength));
    const [question] = decoded.questions ?? [];
    const isOurs =
      decoded.type === 'response' && decoded.id === asked.id && question?.type === asked.type && normalise(question.name) === normalise(asked.name);
    if (!isOurs) return undefined;
    return {
      rcode: rcodeOf(decoded),
      isTruncated: ((decoded.flags ?? 0) & truncatedFlag) !== 0,
      records: (decoded.answers ?? []).flatMap((record) =>
        'data' in record ? [{ name: normalise(record.name), type: record.type, data: record.data }] : [],
      ),
    };
  } catch {
    return undefined;
  }
}

/** dns-packet puts the code's name beside the typed members of a decoded packet. */
function rcodeOf(decoded: object): string {
  return 'rcode' in decoded && typeof decoded.rcode === 'string' ? decoded.rcode : 'NOERROR';
}

function toAnswer({ rcode, records }: Message, { name, type }: Question): DnsAnswer {
  if (rcode === 'NOERROR') return { records, isNameUnknown: false };
  if (rcode === 'NXDOMAIN') return { records, isNameUnknown: true };
  throw new Problem('dns', `looking up ${type} of "${name}" failed: ${rcode}`);
}

/** DNS names compare without regard to case and final dot. */
export function normalise(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}
