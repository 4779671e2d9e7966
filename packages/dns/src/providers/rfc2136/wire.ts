// The wire form of what dns-packet cannot write or locate: names in canonical form, class NONE and ANY, and the byte
// range of each record, which TSIG needs because it signs a message without its last record.
import { DnsProviderError } from '../../errors.ts';

/** Class codes (RFC 1035 §3.2.4, RFC 2136 §2.4-2.5). */
export const classCodes = { in: 1, none: 254, any: 255 } as const;

/** Type codes used here. */
export const typeCodes = { a: 1, cname: 5, soa: 6, mx: 15, txt: 16, aaaa: 28, tlsa: 52, tsig: 250, caa: 257 } as const;

/** Two bytes, big-endian. */
export function u16(value: number): Uint8Array {
  return Uint8Array.of((value >> 8) & 0xff, value & 0xff);
}

/** Four bytes, big-endian. */
export function u32(value: number): Uint8Array {
  return Uint8Array.of(Math.floor(value / 2 ** 24) & 0xff, (value >> 16) & 0xff, (value >> 8) & 0xff, value & 0xff);
}

/** Six bytes, big-endian: the time in TSIG (RFC 8945 §4.2). */
export function u48(value: number): Uint8Array {
  return concatBytes(u16(Math.floor(value / 2 ** 32)), u32(value % 2 ** 32));
}

/** All parts in a row. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/**
 * A name in canonical wire form: lower-case, uncompressed (RFC 4034 §6.2).
 *
 * @throws DnsProviderError `recordInvalid`
 */
export function encodeName(name: string): Uint8Array {
  const labels = name === '' || name === '.' ? [] : name.toLowerCase().replace(/\.$/, '').split('.');
  const parts = labels.map((label) => {
    const bytes = Buffer.from(label, 'latin1');
    if (bytes.length === 0 || bytes.length > 63) throw new DnsProviderError('recordInvalid', `"${name}" is not a domain name`);
    return concatBytes(Uint8Array.of(bytes.length), bytes);
  });
  const encoded = concatBytes(...parts, Uint8Array.of(0));
  if (encoded.length > 255) throw new DnsProviderError('recordInvalid', `"${name}" is too long for a domain name`);
  return encoded;
}

/** A record: owner, type, class, TTL, length, content. */
export function encodeRecord(record: {
  readonly name: string;
  readonly type: number;
  readonly class: number;
  readonly ttlSeconds: number;
  readonly content: Uint8Array;
}): Uint8Array {
  const { content } = record;
  return concatBytes(encodeName(record.name), u16(record.type), u16(record.class), u32(record.ttlSeconds), u16(content.length), content);
}

/** One record of a read message. */
export interface WireRecord {
  readonly section: 'answer' | 'authority' | 'additional';
  /** Lower-case, without trailing dot; bytes that are no letters of names appear escaped as `\ddd`. */
  readonly name: string;
  readonly type: number;
  readonly class: number;
  /** Where the record starts in the message. */
  readonly start: number;
  /** Where its content starts and ends. */
  readonly contentStart: number;
  readonly contentEnd: number;
}

/** A message taken apart. */
export interface WireMessage {
  readonly bytes: Uint8Array;
  readonly id: number;
  readonly isResponse: boolean;
  readonly opcode: number;
  readonly authoritative: boolean;
  readonly rcode: number;
  readonly question: { readonly name: string; readonly type: number } | undefined;
  readonly records: readonly WireRecord[];
}

/**
 * Takes a message apart. Reads each byte at most once but for compressed names, which are bounded.
 *
 * @throws DnsProviderError `answerMalformed`
 */
export function parseMessage(bytes: Uint8Array): WireMessage {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return readMessage(bytes, view);
  } catch (cause) {
    // A RangeError of the view: the message ends too early.
    throw malformed(cause);
  }
}

function readMessage(bytes: Uint8Array, view: DataView): WireMessage {
  const flags = view.getUint16(2);
  const counts = [4, 6, 8, 10].map((at) => view.getUint16(at));
  let offset = 12;
  let question: WireMessage['question'];
  for (let index = 0; index < (counts[0] ?? 0); index++) {
    const { name, next } = readName(view, offset);
    question = { name, type: view.getUint16(next) };
    offset = next + 4;
  }
  const records: WireRecord[] = [];
  for (const [index, section] of (['answer', 'authority', 'additional'] as const).entries()) {
    for (let left = counts[index + 1] ?? 0; left > 0; left--) {
      const record = readRecord(view, offset, section);
      records.push(record);
      offset = record.contentEnd;
    }
  }
  if (offset !== bytes.length) throw malformed();
  return {
    bytes,
    id: view.getUint16(0),
    isResponse: (flags & 0x8000) !== 0,
    opcode: (flags >> 11) & 15,
    authoritative: (flags & 0x0400) !== 0,
    rcode: flags & 15,
    question,
    records,
  };
}

function readRecord(view: DataView, start: number, section: WireRecord['section']): WireRecord {
  const { name, next } = readName(view, start);
  const contentStart = next + 10;
  const contentEnd = contentStart + view.getUint16(next + 8);
  if (contentEnd > view.byteLength) throw malformed();
  return { section, name, type: view.getUint16(next), class: view.getUint16(next + 2), start, contentStart, contentEnd };
}

/** Reads a name; pointers must go backwards, so that they cannot loop (RFC 1035 §4.1.4). */
export function readName(view: DataView, start: number): { readonly name: string; readonly next: number } {
  const labels: string[] = [];
  let offset = start;
  let before = start;
  let next: number | undefined;
  let length = 1;
  for (;;) {
    const size = view.getUint8(offset);
    if (size === 0) return { name: labels.join('.'), next: next ?? offset + 1 };
    if (size >= 0xc0) {
      const target = view.getUint16(offset) & 0x3fff;
      if (target >= before) throw malformed();
      next ??= offset + 2;
      before = target;
      offset = target;
      continue;
    }
    length += size + 1;
    if (size > 63 || length > 255 || offset + 1 + size > view.byteLength) throw malformed();
    labels.push(printLabel(new Uint8Array(view.buffer, view.byteOffset + offset + 1, size)));
    offset += size + 1;
  }
}

function printLabel(bytes: Uint8Array): string {
  const escape = (byte: number) => `\\${String(byte).padStart(3, '0')}`;
  return [...bytes].map((byte) => (byte > 32 && byte < 127 && byte !== 46 && byte !== 92 ? String.fromCharCode(byte).toLowerCase() : escape(byte))).join('');
}

function malformed(cause?: unknown): DnsProviderError {
  if (cause instanceof DnsProviderError) return cause;
  return new DnsProviderError('answerMalformed', 'the server answered with an unreadable DNS message', { cause, retry: 'now' });
}
