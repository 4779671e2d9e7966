// A DNS server that answers what a test says, over UDP and TCP: lame, lying, silent and hostile ones too.
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { createServer, type Socket } from 'node:net';
import { AUTHORITATIVE_ANSWER, decode, type DecodedPacket, encode, type Packet } from 'dns-packet';
import { freePort } from '../ports.ts';
import { printAddress } from './options.ts';

/** A question as it arrived. */
export interface ScriptedQuestion {
  readonly name: string;
  readonly type: string;
  readonly transport: 'udp' | 'tcp';
  /** The asker wants the server to look further. */
  readonly isRecursive: boolean;
  readonly packet: DecodedPacket;
}

/**
 * What goes back: parts of an answer (id and question are filled in, `flag_aa` unless `flags` are given), raw bytes,
 * several raw messages, or nothing at all.
 */
export type ScriptedReply =
  | (Pick<Packet, 'flags' | 'answers' | 'authorities' | 'additionals'> & { readonly rcode?: number })
  | Uint8Array
  | readonly Uint8Array[]
  | undefined;

/** How {@link startScriptedNameServer} answers. */
export interface ScriptedNameServerOptions {
  readonly answer: (question: ScriptedQuestion) => ScriptedReply;
  /** Default 127.0.0.1. */
  readonly host?: string;
  readonly port?: number;
}

/** A running scripted server. */
export interface ScriptedNameServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly address: string;
  /** Every question so far. */
  readonly questions: readonly ScriptedQuestion[];
  stop(): Promise<void>;
}

/** Starts the server. */
export async function startScriptedNameServer(options: ScriptedNameServerOptions): Promise<ScriptedNameServer> {
  const { host = '127.0.0.1', port = await freePort() } = options;
  const questions: ScriptedQuestion[] = [];
  const replyTo = (bytes: Buffer, transport: 'udp' | 'tcp'): readonly Uint8Array[] => {
    const packet = decode(bytes);
    const [first] = packet.questions ?? [];
    const question = { name: first?.name.toLowerCase() ?? '', type: first?.type ?? '', transport, isRecursive: packet.flag_rd, packet };
    questions.push(question);
    return encodeReply(options.answer(question), packet);
  };
  const udp = await listenUdp(host, port, (bytes) => replyTo(bytes, 'udp'));
  const sockets = new Set<Socket>();
  const tcp = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    socket.once('data', (chunk: Buffer) => {
      for (const reply of replyTo(chunk.subarray(2), 'tcp')) socket.write(framed(reply));
    });
  });
  await new Promise<void>((resolve, reject) => {
    tcp.once('error', reject).listen(port, host, resolve);
  });
  const stop = async () => {
    for (const socket of sockets) socket.destroy();
    await Promise.all([new Promise((resolve) => tcp.close(resolve)), new Promise<void>((resolve) => udp.close(resolve))]);
  };
  return { host, port, address: printAddress(host, port), questions, stop, [Symbol.asyncDispose]: stop };
}

async function listenUdp(host: string, port: number, replyTo: (bytes: Buffer) => readonly Uint8Array[]): Promise<UdpSocket> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  socket.on('message', (bytes, sender) => {
    for (const reply of replyTo(bytes)) socket.send(reply, sender.port, sender.address);
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject).bind(port, host, resolve);
  });
  return socket;
}

function framed(message: Uint8Array): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

function encodeReply(reply: ScriptedReply, query: DecodedPacket): readonly Uint8Array[] {
  if (reply === undefined) return [];
  if (reply instanceof Uint8Array) return [reply];
  if (isList(reply)) return reply;
  const { rcode = 0, flags = AUTHORITATIVE_ANSWER, ...sections } = reply;
  const { id, questions } = query;
  return [encode({ type: 'response', ...(id === undefined ? {} : { id }), flags: flags | rcode, ...(questions === undefined ? {} : { questions }), ...sections })];
}

function isList(reply: Exclude<ScriptedReply, undefined>): reply is readonly Uint8Array[] {
  return Array.isArray(reply);
}
