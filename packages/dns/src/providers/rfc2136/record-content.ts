// Record contents between the text that people and our ports use and the bytes that UPDATE carries.
import { isIPv4, isIPv6 } from 'node:net';
import { assertNever } from '@certward/base';
import type { DnsRecordType } from '@certward/engine';
import { DnsProviderError } from '../../errors.ts';
import { concatBytes, encodeName, readName, typeCodes, u16, type WireMessage, type WireRecord } from './wire.ts';

/** The type code of a record type of the port. */
export function typeCodeOf(type: DnsRecordType): number {
  return typeCodes[type.toLowerCase() as Lowercase<DnsRecordType>];
}

/**
 * Encodes one value. Texts: TXT as it is, `10 mail.example.org` for MX, `0 issue "ca.example"` for CAA,
 * `3 1 1 <hex>` for TLSA.
 *
 * @throws DnsProviderError `recordInvalid`
 */
export function encodeContent(type: DnsRecordType, value: string): Uint8Array {
  switch (type) {
    case 'TXT':
      return encodeText(value);
    case 'A':
      if (!isIPv4(value)) throw invalid(type, value);
      return Uint8Array.from(value.split('.'), Number);
    case 'AAAA':
      if (!isIPv6(value)) throw invalid(type, value);
      return encodeIpv6(value);
    case 'CNAME':
      return encodeName(value);
    case 'MX': {
      const [, preference = '', exchange = ''] = /^(\d{1,5}) (\S+)$/.exec(value) ?? [];
      if (exchange === '' || Number(preference) > 65_535) throw invalid(type, value);
      return concatBytes(u16(Number(preference)), encodeName(exchange));
    }
    case 'CAA': {
      const [, flags = '', tag = '', text = ''] = /^(\d{1,3}) ([a-z0-9]{1,15}) "([^"\\]*)"$/i.exec(value) ?? [];
      if (tag === '' || Number(flags) > 255) throw invalid(type, value);
      return concatBytes(Uint8Array.of(Number(flags), tag.length), Buffer.from(tag.toLowerCase()), Buffer.from(text));
    }
    case 'TLSA': {
      const [, usage, selector, matching, hex = ''] = /^(\d{1,3}) (\d{1,3}) (\d{1,3}) ((?:[0-9a-f]{2})+)$/i.exec(value) ?? [];
      if (hex === '') throw invalid(type, value);
      return concatBytes(Uint8Array.of(Number(usage), Number(selector), Number(matching)), Buffer.from(hex, 'hex'));
    }
    default:
      return assertNever(type);
  }
}

function encodeIpv6(text: string): Uint8Array {
  const [head = '', tail] = compressIpv6(text).split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':'));
  const end = tail === undefined ? [] : groups(tail);
  const zeros = Array.from({ length: 8 - groups(head).length - end.length }, () => '0');
  return concatBytes(...[...groups(head), ...zeros, ...end].map((group) => u16(Number.parseInt(group, 16))));
}

/** RFC 5952 form, which the URL standard shares; an embedded IPv4 address becomes two groups. */
function compressIpv6(text: string): string {
  return new URL(`http://[${text}]`).hostname.slice(1, -1);
}

/** Strings of at most 255 bytes (RFC 1035 §3.3.14). */
function encodeText(value: string): Uint8Array {
  const bytes = Buffer.from(value);
  const strings = Array.from({ length: Math.max(1, Math.ceil(bytes.length / 255)) }, (_, index) => bytes.subarray(index * 255, (index + 1) * 255));
  const content = concatBytes(...strings.flatMap((string) => [Uint8Array.of(string.length), string]));
  if (content.length > 60_000) throw new DnsProviderError('recordInvalid', 'the TXT value is too long for one record');
  return content;
}

/** The inverse of {@link encodeContent} for a record of an answer. */
export function decodeContent(type: DnsRecordType, record: WireRecord, message: WireMessage): string {
  const view = new DataView(message.bytes.buffer, message.bytes.byteOffset, record.contentEnd);
  const content = Buffer.from(message.bytes.subarray(record.contentStart, record.contentEnd));
  switch (type) {
    case 'TXT':
      return decodeText(content);
    case 'A':
      return [...content].join('.');
    case 'AAAA':
      return compressIpv6(Array.from({ length: 8 }, (_, index) => content.readUInt16BE(2 * index).toString(16)).join(':'));
    case 'CNAME':
      return readName(view, record.contentStart).name;
    case 'MX':
      return `${content.readUInt16BE(0)} ${readName(view, record.contentStart + 2).name}`;
    case 'CAA': {
      const tagEnd = 2 + (content[1] ?? 0);
      return `${content[0] ?? 0} ${content.toString('latin1', 2, tagEnd)} "${content.toString('utf8', tagEnd)}"`;
    }
    case 'TLSA':
      return `${[...content.subarray(0, 3)].join(' ')} ${content.toString('hex', 3)}`;
    default:
      return assertNever(type);
  }
}

function decodeText(content: Buffer): string {
  const strings: Buffer[] = [];
  for (let at = 0; at < content.length; at += 1 + (content[at] ?? 0)) strings.push(content.subarray(at + 1, at + 1 + (content[at] ?? 0)));
  return Buffer.concat(strings).toString('utf8');
}

function invalid(type: DnsRecordType, value: string): DnsProviderError {
  return new DnsProviderError('recordInvalid', `"${value}" is not a value of ${type === 'A' ? 'an A' : type === 'AAAA' || type === 'MX' ? `an ${type}` : `a ${type}`} record`);
}
