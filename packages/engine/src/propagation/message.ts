// Questions as bytes, and bytes as answers that were checked against their question. dns-packet does the wire form;
// everything it may throw or deliver from a hostile server ends here.
import { decode, type DecodedPacket, encode, RECURSION_DESIRED } from 'dns-packet';
import { DnsError } from './errors.ts';
import { normaliseName } from './server-address.ts';

/** Record types that the engine asks for. */
export type QueryType = 'A' | 'AAAA' | 'CNAME' | 'NS' | 'SOA' | 'TXT';

/** What is asked. The name is absolute, without trailing dot. */
export interface DnsQuestion {
  readonly name: string;
  readonly type: QueryType;
}

/** One record of an answer. Names are lower-case, without trailing dot. */
export type DnsRecord = { readonly name: string } & (
  | { readonly type: 'A' | 'AAAA'; readonly address: string }
  | { readonly type: 'CNAME' | 'NS'; readonly target: string }
  | { readonly type: 'SOA'; readonly primary: string; readonly serial: number }
  /** The strings of a TXT record joined, as RFC 7208 §3.3 and ACME servers read them. */
  | { readonly type: 'TXT'; readonly value: string }
);

/** A checked answer. Records of types that nobody asks for are left out. */
export interface DnsAnswer {
  /** `NOERROR`, `NXDOMAIN`, `SERVFAIL`, `REFUSED`, … */
  readonly rcode: string;
  readonly authoritative: boolean;
  readonly truncated: boolean;
  readonly answers: readonly DnsRecord[];
  readonly authorities: readonly DnsRecord[];
  readonly additionals: readonly DnsRecord[];
}

/** The payload size that crosses nearly every path unfragmented (DNS Flag Day 2020). */
const udpPayloadSize = 1232;

/** Encodes a question. `recursive` asks the server to look further; authoritative servers are asked without. */
export function encodeQuestion(
  question: DnsQuestion,
  options: { readonly id: number; readonly recursive: boolean; readonly edns: boolean },
): Uint8Array {
  return encode({
    type: 'query',
    id: options.id,
    flags: options.recursive ? RECURSION_DESIRED : 0,
    questions: [{ type: question.type, name: question.name, class: 'IN' }],
    additionals: options.edns
      ? [{ type: 'OPT', name: '.', udpPayloadSize, extendedRcode: 0, ednsVersion: 0, flags: 0, flag_do: false, options: [] }]
      : [],
  });
}

/**
 * Decodes the answer to `question`, or gives undefined when the message answers something else (other id, other
 * question, not a response): then it was not meant for us, or is forged, and the caller goes on listening.
 *
 * @throws DnsError `dnsMessageMalformed` when it claims to be ours but cannot be read
 */
export function decodeAnswer(bytes: Uint8Array, question: DnsQuestion, id: number): DnsAnswer | undefined {
  if (bytes.length < 12) return undefined;
  const header = new DataView(bytes.buffer, bytes.byteOffset, 12);
  // The response bit and our id: cheap, before anything is decoded.
  if (header.getUint16(0) !== id || (header.getUint16(2) & 0x8000) === 0) return undefined;
  const packet = decodePacket(bytes);
  if (!answersQuestion(packet, question)) return undefined;
  const opt = (packet.additionals ?? []).find((record) => record.type === 'OPT');
  return {
    // An extended code (RFC 6891 §6.1.3) has its low bits in the header; BADVERS would otherwise read as success.
    rcode: opt?.type === 'OPT' && opt.extendedRcode !== 0 ? 'BADVERS' : (packet as { rcode?: string }).rcode ?? 'UNKNOWN',
    authoritative: packet.flag_aa,
    truncated: packet.flag_tc,
    answers: recordsOf(packet.answers),
    authorities: recordsOf(packet.authorities),
    additionals: recordsOf(packet.additionals),
  };
}

function decodePacket(bytes: Uint8Array): DecodedPacket {
  try {
    return decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (cause) {
    throw new DnsError('dnsMessageMalformed', 'the answer is not a readable DNS message', { cause, retry: 'now' });
  }
}

function answersQuestion(packet: DecodedPacket, question: DnsQuestion): boolean {
  const asked = packet.questions ?? [];
  // Some servers leave the question out of an error answer; there is nothing in it to believe but the code.
  if (asked.length === 0) return (packet.answers ?? []).length === 0 && (packet as { rcode?: string }).rcode !== 'NOERROR';
  const [first] = asked;
  return asked.length === 1 && first !== undefined && first.type === question.type && normaliseName(first.name) === normaliseName(question.name);
}

function recordsOf(section: DecodedPacket['answers']): DnsRecord[] {
  return (section ?? []).flatMap((record): DnsRecord[] => {
    if (record.type === 'OPT' || record.class !== 'IN') return [];
    const name = normaliseName(record.name);
    switch (record.type) {
      case 'A':
      case 'AAAA':
        return [{ name, type: record.type, address: record.data }];
      case 'CNAME':
      case 'NS':
        return [{ name, type: record.type, target: normaliseName(record.data) }];
      case 'SOA':
        return [{ name, type: record.type, primary: normaliseName(record.data.mname), serial: record.data.serial ?? 0 }];
      case 'TXT':
        return [{ name, type: record.type, value: textOf(record.data) }];
      default:
        return [];
    }
  });
}

function textOf(strings: string | Buffer | readonly (string | Buffer)[]): string {
  const list = typeof strings === 'string' || Buffer.isBuffer(strings) ? [strings] : strings;
  return Buffer.concat(list.map((part) => (typeof part === 'string' ? Buffer.from(part) : part))).toString('utf8');
}
