// The few DNS messages that the runners themselves send: is a zone loaded, and go and look at your primary.
import { createSocket } from 'node:dgram';
import { deadline, systemRandom } from '@certward/base';
import { AUTHORITATIVE_ANSWER, decode, encode } from 'dns-packet';

/** Where a message goes. */
interface Target {
  readonly host: string;
  readonly port: number;
}

/** Whether the server has authority over `zone` and has loaded it. */
export async function isServing(target: Target, zone: string): Promise<boolean> {
  const answer = await exchange(target, { flags: 0, zone });
  return answer !== undefined && answer.flag_aa && (answer as { rcode?: string }).rcode === 'NOERROR';
}

/** Sends NOTIFY (RFC 1996): opcode 4, SOA question, authoritative. */
export async function notify(target: Target, zone: string): Promise<void> {
  await exchange(target, { flags: (4 << 11) | AUTHORITATIVE_ANSWER, zone });
}

/** One datagram out, one back; undefined when none comes within a second. */
async function exchange(target: Target, message: { readonly flags: number; readonly zone: string }): Promise<ReturnType<typeof decode> | undefined> {
  const socket = createSocket(target.host.includes(':') ? 'udp6' : 'udp4');
  using limit = deadline('a name server', 1_000);
  try {
    return await new Promise((resolve) => {
      const id = Math.floor(systemRandom.fraction() * 65_536);
      limit.signal.addEventListener('abort', () => resolve(undefined), { once: true });
      // Refused while the server is starting.
      socket.on('error', () => resolve(undefined));
      socket.on('message', (reply) => resolve(decode(reply)));
      socket.connect(target.port, target.host, () => {
        socket.send(encode({ type: 'query', id, flags: message.flags, questions: [{ type: 'SOA', name: message.zone, class: 'IN' }] }));
      });
    });
  } finally {
    socket.close();
  }
}
