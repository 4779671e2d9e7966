// TSIG (RFC 8945): signs a DNS message with a shared secret and verifies the signed answer.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Secret } from '@certward/base';
import { DnsProviderError } from '../../errors.ts';
import { classCodes, concatBytes, encodeName, encodeRecord, readName, type WireMessage, type WireRecord, typeCodes, u16, u32, u48 } from './wire.ts';

/** HMAC algorithms by the names people write; the wire names are in RFC 8945 §6. */
export const tsigAlgorithms = {
  'hmac-md5': { wireName: 'hmac-md5.sig-alg.reg.int', digest: 'md5', macLength: 16 },
  'hmac-sha1': { wireName: 'hmac-sha1', digest: 'sha1', macLength: 20 },
  'hmac-sha224': { wireName: 'hmac-sha224', digest: 'sha224', macLength: 28 },
  'hmac-sha256': { wireName: 'hmac-sha256', digest: 'sha256', macLength: 32 },
  'hmac-sha384': { wireName: 'hmac-sha384', digest: 'sha384', macLength: 48 },
  'hmac-sha512': { wireName: 'hmac-sha512', digest: 'sha512', macLength: 64 },
} as const;

/** One of the supported algorithms. */
export type TsigAlgorithm = keyof typeof tsigAlgorithms;

/** A key shared with the server. */
export interface TsigKey {
  readonly name: string;
  readonly algorithm: TsigAlgorithm;
  readonly secret: Secret<Uint8Array>;
}

/** The difference of clocks that the server may tolerate; RFC 8945 §10 recommends 300 s. */
const fudgeSeconds = 300;

/** A signed message, and the MAC that its answer refers to. */
export interface SignedMessage {
  readonly bytes: Uint8Array;
  readonly mac: Uint8Array;
}

/** Appends the TSIG record to `message` (RFC 8945 §5.1). `now` becomes whole seconds. */
export function signMessage(message: Uint8Array, key: TsigKey, now: Date): SignedMessage {
  const { wireName } = tsigAlgorithms[key.algorithm];
  const time = concatBytes(u48(Math.floor(now.getTime() / 1000)), u16(fudgeSeconds));
  const noError = concatBytes(u16(0), u16(0));
  const mac = macOf(key, message, tsigVariables(key, time, noError));
  const originalId = message.subarray(0, 2);
  const content = concatBytes(encodeName(wireName), time, u16(mac.length), mac, originalId, noError);
  const record = encodeRecord({ name: key.name, type: typeCodes.tsig, class: classCodes.any, ttlSeconds: 0, content });
  const additionals = ((message[10] ?? 0) << 8) + (message[11] ?? 0);
  return { bytes: concatBytes(message.subarray(0, 10), u16(additionals + 1), message.subarray(12), record), mac };
}

/** RFC 8945 §4.3.3: what is signed beside the message. */
function tsigVariables(key: TsigKey, time: Uint8Array, errorAndOther: Uint8Array): Uint8Array {
  return concatBytes(encodeName(key.name), u16(classCodes.any), u32(0), encodeName(tsigAlgorithms[key.algorithm].wireName), time, errorAndOther);
}

function macOf(key: TsigKey, ...parts: readonly Uint8Array[]): Uint8Array {
  const hmac = createHmac(tsigAlgorithms[key.algorithm].digest, key.secret.reveal());
  for (const part of parts) hmac.update(part);
  return new Uint8Array(hmac.digest());
}

/** What the TSIG record of an answer said. */
export interface TsigVerdict {
  /** TSIG error code: 0, 16 BADSIG, 17 BADKEY, 18 BADTIME, 22 BADTRUNC. */
  readonly error: number;
  /** The server's clock, which it tells along with BADTIME. */
  readonly serverTime: Date | undefined;
  /** False for BADSIG and BADKEY, where the server cannot sign (RFC 8945 §5.2). Such an answer may only be an error. */
  readonly isSigned: boolean;
}

/**
 * Verifies the TSIG of `answer` to a request signed with `requestMac` (RFC 8945 §5.3).
 *
 * @throws DnsProviderError `answerUntrusted` when there is none, or it is of another key, wrong or too old
 */
export function verifyAnswer(answer: WireMessage, key: TsigKey, options: { readonly requestMac: Uint8Array; readonly now: Date }): TsigVerdict {
  const tsig = readTsig(answer);
  if (tsig === undefined) throw untrusted('carries no signature', 'the server, or something on the way to it, does not speak TSIG');
  const { record } = tsig;
  const verdict = { error: tsig.error, serverTime: serverTimeIn(tsig) };
  if (tsig.mac.length === 0 && (tsig.error === 16 || tsig.error === 17)) return { ...verdict, isSigned: false };
  if (record.name !== key.name.toLowerCase().replace(/\.$/, '') || tsig.algorithm !== tsigAlgorithms[key.algorithm].wireName) {
    throw untrusted('is signed with another key', 'check the name and algorithm of the key');
  }
  const unsigned = concatBytes(tsig.originalId, answer.bytes.subarray(2, 10), u16(tsig.additionals - 1), answer.bytes.subarray(12, record.start));
  const expected = macOf(key, u16(options.requestMac.length), options.requestMac, unsigned, tsigVariables(key, tsig.time, tsig.errorAndOther));
  // Truncated MACs (§5.2.2.1) are not accepted: nobody who sends whole ones gets them back.
  if (tsig.mac.length !== expected.length || !timingSafeEqual(tsig.mac, expected)) {
    throw untrusted('has a wrong signature', 'the answer was changed on the way, or the server has another secret');
  }
  const skewSeconds = Math.abs(tsig.timeSeconds - options.now.getTime() / 1000);
  if (skewSeconds > tsig.fudgeSeconds + 1 && tsig.error !== 18) throw untrusted('was signed at another time', 'check the clocks of both machines');
  return { ...verdict, isSigned: true };
}

interface TsigContent {
  readonly record: WireRecord;
  readonly additionals: number;
  readonly algorithm: string;
  readonly time: Uint8Array;
  readonly timeSeconds: number;
  readonly fudgeSeconds: number;
  readonly mac: Uint8Array;
  readonly originalId: Uint8Array;
  readonly error: number;
  readonly errorAndOther: Uint8Array;
  readonly other: Uint8Array;
}

/** The TSIG of a message: it must be the last record, and the only one of its type (RFC 8945 §5.1). */
function readTsig(message: WireMessage): TsigContent | undefined {
  const tsigs = message.records.filter((record) => record.type === typeCodes.tsig);
  const record = message.records.at(-1);
  if (tsigs.length !== 1 || record === undefined || record !== tsigs[0] || record.section !== 'additional') return undefined;
  const { bytes } = message;
  // The content alone: nothing in TSIG may be compressed or reach beyond the record.
  const view = new DataView(bytes.buffer, bytes.byteOffset, record.contentEnd);
  // §4.2: class ANY, TTL 0. Both are signed as that, so anything else would pass unnoticed.
  if (record.class !== classCodes.any || view.getUint32(record.contentStart - 6) !== 0) return undefined;
  try {
    const { name: algorithm, next: timeAt } = readName(view, record.contentStart);
    const macStart = timeAt + 10;
    const macEnd = macStart + view.getUint16(timeAt + 8);
    const otherStart = macEnd + 6;
    const otherEnd = otherStart + view.getUint16(macEnd + 4);
    if (otherEnd !== record.contentEnd) return undefined;
    return {
      record,
      additionals: message.records.filter(({ section }) => section === 'additional').length,
      algorithm,
      time: bytes.subarray(timeAt, timeAt + 8),
      timeSeconds: view.getUint16(timeAt) * 2 ** 32 + view.getUint32(timeAt + 2),
      fudgeSeconds: view.getUint16(timeAt + 6),
      mac: bytes.subarray(macStart, macEnd),
      originalId: bytes.subarray(macEnd, macEnd + 2),
      error: view.getUint16(macEnd + 2),
      errorAndOther: bytes.subarray(macEnd + 2, otherEnd),
      other: bytes.subarray(otherStart, otherEnd),
    };
  } catch {
    return undefined;
  }
}

function serverTimeIn({ error, other }: TsigContent): Date | undefined {
  if (error !== 18 || other.length !== 6) return undefined;
  const view = new DataView(other.buffer, other.byteOffset, 6);
  return new Date((view.getUint16(0) * 2 ** 32 + view.getUint32(2)) * 1000);
}

function untrusted(what: string, hint: string): DnsProviderError {
  return new DnsProviderError('answerUntrusted', `the answer of the server ${what}`, { hint });
}
