// A DNS server for this package's tests: records in a list, UDP and TCP on one port, and a few ways to misbehave.
import { createSocket, type Socket } from 'node:dgram';
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import packet from 'dns-packet';

/** One record to serve. */
export interface ServedRecord {
  readonly name: string;
  readonly type: 'A' | 'AAAA' | 'CNAME' | 'TXT' | 'CAA';
  readonly data: unknown;
}

/** How the server answers a question. */
export interface DnsBehaviour {
  /** Answers over UDP are cut off, so that the client has to come back over TCP. */
  truncate?: boolean;
  /** Leave CNAME targets out, as a server does that is not responsible for them. */
  withoutTargets?: boolean;
  rcode?: 'SERVFAIL' | 'REFUSED';
  /** Drop this many questions first. */
  drop?: number;
  /** Send this before the answer, as a forger would. */
  forge?: (query: Buffer) => Buffer;
  /** Send these bytes instead of an answer. */
  garbage?: Buffer;
}

/** A running server. */
export interface TestDnsServer extends AsyncDisposable {
  /** `address:port`. */
  readonly address: string;
  readonly records: ServedRecord[];
  readonly behaviour: DnsBehaviour;
  /** The questions asked, as `TYPE name`. */
  readonly asked: string[];
}

/** Starts a server on a free loopback port. */
export async function startDnsServer(records: readonly ServedRecord[] = []): Promise<TestDnsServer> {
  const state = { records: [...records], behaviour: {} as DnsBehaviour, asked: [] as string[] };
  const { tcp, udp } = await bind();
  udp.on('message', (message, peer) => {
    const reply = answer(message, { ...state, isUdp: true });
    if (reply === undefined) return;
    if (state.behaviour.forge !== undefined) udp.send(state.behaviour.forge(message), peer.port, peer.address);
    udp.send(reply, peer.port, peer.address);
  });
  tcp.on('connection', (socket) => {
    socket.on('error', () => {});
    socket.on('data', (message) => {
      const reply = answer(message.subarray(2), { ...state, isUdp: false });
      if (reply === undefined) socket.destroy();
      else socket.write(Buffer.concat([Uint8Array.of(reply.length >> 8, reply.length & 0xff), reply]));
    });
  });
  const { port } = tcp.address() as AddressInfo;
  return {
    ...state,
    address: `127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => udp.close(() => resolve()));
      await new Promise<void>((resolve) => tcp.close(() => resolve()));
    },
  };
}

/** The same port for both, which takes a few tries where the machine is busy. */
async function bind(): Promise<{ readonly udp: Socket; readonly tcp: Server }> {
  for (;;) {
    const tcp = createServer();
    await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
    const udp = createSocket('udp4');
    const isBound = await new Promise<boolean>((resolve) => {
      udp.once('error', () => resolve(false));
      udp.bind((tcp.address() as AddressInfo).port, '127.0.0.1', () => resolve(true));
    });
    if (isBound) return { tcp, udp };
    await new Promise((resolve) => tcp.close(resolve));
  }
}

interface Answering {
  readonly records: readonly ServedRecord[];
  readonly behaviour: DnsBehaviour;
  readonly asked: string[];
  readonly isUdp: boolean;
}

function answer(message: Buffer, { asked, behaviour, isUdp, records }: Answering): Buffer | undefined {
  const query = packet.decode(message);
  const [question] = query.questions ?? [];
  if (question === undefined) return undefined;
  asked.push(`${question.type} ${question.name}`);
  if (behaviour.drop !== undefined && behaviour.drop > 0) {
    behaviour.drop--;
    return undefined;
  }
  if (behaviour.garbage !== undefined) return behaviour.garbage;
  const answers: ServedRecord[] = [];
  let name = question.name.toLowerCase();
  for (;;) {
    const found = records.filter((record) => record.name === name && record.type === question.type);
    answers.push(...found);
    const alias = records.find((record) => record.name === name && record.type === 'CNAME');
    if (found.length > 0 || alias === undefined) break;
    answers.push(alias);
    name = String(alias.data);
    if (behaviour.withoutTargets === true || answers.length > 30) break;
  }
  const isUnknown = !records.some((record) => record.name === name);
  const rcodes = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 };
  const rcode = rcodes[behaviour.rcode ?? (isUnknown && behaviour.withoutTargets !== true ? 'NXDOMAIN' : 'NOERROR')];
  const isTruncated = isUdp && behaviour.truncate === true;
  return packet.encode({
    type: 'response',
    id: query.id ?? 0,
    flags: rcode | (isTruncated ? packet.TRUNCATED_RESPONSE : 0),
    questions: [question],
    answers: isTruncated ? [] : answers.map((record) => ({ ...record, ttl: 1, class: 'IN' }) as packet.Answer),
  });
}
