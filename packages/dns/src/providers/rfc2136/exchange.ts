// One signed exchange with the server over TCP, and the meaning of its answer codes.
import { type Clock, type Random, TimeoutError } from '@certward/base';
import { DnsError, exchangeTcp, formatServerAddress, type ServerAddress } from '@certward/engine';
import { DnsProviderError } from '../../errors.ts';
import { signMessage, type TsigKey, type TsigVerdict, verifyAnswer } from './tsig.ts';
import { parseMessage, u16, type WireMessage } from './wire.ts';

/** Certbot's limit too; a busy primary may sync its journal to disk before it answers. */
const exchangeTimeoutMs = 45_000;

/** Where messages go. */
export interface Endpoint {
  readonly server: ServerAddress;
  readonly key: TsigKey;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Sends `body` (a message without its id) and resolves to the verified answer, whatever its answer code.
 *
 * @throws DnsProviderError `serverUnreachable`, `answerMalformed`, `answerUntrusted`, `accessDenied`, `clockSkewed`
 */
export async function exchange(
  body: Uint8Array,
  endpoint: Endpoint,
  options: { readonly sign: boolean; readonly signal?: AbortSignal | undefined },
): Promise<WireMessage> {
  const id = endpoint.random.bytes(2);
  const message = Buffer.concat([id, body]);
  const signed = options.sign ? signMessage(message, endpoint.key, endpoint.clock.now()) : { bytes: new Uint8Array(message), mac: undefined };
  const answer = parseMessage(await send(signed.bytes, endpoint, options.signal));
  if (!answer.isResponse || !Buffer.from(u16(answer.id)).equals(id) || answer.opcode !== (((body[0] ?? 0) >> 3) & 15)) {
    throw new DnsProviderError('answerMalformed', `${formatServerAddress(endpoint.server)} answered another question`, { retry: 'now' });
  }
  if (signed.mac !== undefined) {
    const now = endpoint.clock.now();
    // A plain refusal may come unsigned, from a server that looked no further; it is only believed as a refusal.
    const isPlainRefusal = answer.rcode !== 0 && answer.records.every((record) => record.section !== 'additional' || record.type !== 250);
    if (!isPlainRefusal) throwTsigError(verifyAnswer(answer, endpoint.key, { requestMac: signed.mac, now }), answer, { endpoint, now });
  }
  return answer;
}

async function send(message: Uint8Array, { server }: Endpoint, signal: AbortSignal | undefined): Promise<Uint8Array> {
  try {
    return await exchangeTcp(server, message, { timeoutMs: exchangeTimeoutMs, signal });
  } catch (cause) {
    signal?.throwIfAborted();
    if (!(cause instanceof DnsError) && !(cause instanceof TimeoutError)) throw cause;
    throw new DnsProviderError('serverUnreachable', `cannot exchange messages with the DNS server ${formatServerAddress(server)}`, {
      cause,
      hint: 'check the address and port, and that TCP to it is allowed; updates always use TCP',
      retry: 'now',
    });
  }
}

function throwTsigError(verdict: TsigVerdict, answer: WireMessage, { endpoint, now }: { readonly endpoint: Endpoint; readonly now: Date }): void {
  const server = formatServerAddress(endpoint.server);
  const { name, algorithm } = endpoint.key;
  switch (verdict.error) {
    case 0:
      return;
    case 16:
      throw new DnsProviderError('accessDenied', `${server} rejects the signature made with the key "${name}" (BADSIG)`, {
        hint: `the secret here differs from the one that the server has for "${name}"`,
      });
    case 17:
      throw new DnsProviderError('accessDenied', `${server} does not know the key "${name}" with ${algorithm} (BADKEY)`, {
        hint: 'check the name and the algorithm of the key: both must be as in the configuration of the server',
      });
    case 18:
      throw clockSkewed(server, verdict, now);
    case 22:
      throw new DnsProviderError('accessDenied', `${server} wants longer signatures (BADTRUNC)`, { hint: 'use a key with a stronger algorithm' });
    default:
      throw new DnsProviderError('updateFailed', `${server} reports the TSIG error ${verdict.error}`, { details: { rcode: answer.rcode } });
  }
}

function clockSkewed(server: string, { serverTime }: TsigVerdict, now: Date): DnsProviderError {
  const seconds = serverTime === undefined ? undefined : Math.round((serverTime.getTime() - now.getTime()) / 1000);
  const difference = seconds === undefined ? '' : `: its clock is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} ours`;
  return new DnsProviderError('clockSkewed', `${server} finds our signature too old or too new (BADTIME)${difference}`, {
    details: { server, secondsAhead: seconds },
    hint: 'set the clocks of both machines, for instance by NTP; they may differ by at most five minutes',
  });
}
