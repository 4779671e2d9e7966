// PEM (RFC 7468): blocks between BEGIN and END lines. Reads what is found in the wild (text around blocks, CRLF,
// missing final newline, RFC 1421 headers) in time linear in the input, and writes 64 columns with a final newline.
import { tags } from './der/tags.ts';
import { PkiError, printable } from './errors.ts';

/** One block. */
export interface PemBlock {
  /** What stands behind BEGIN, such as `CERTIFICATE`. */
  readonly label: string;
  readonly bytes: Uint8Array;
  /** RFC 1421 headers such as `Proc-Type`, whose presence marks old-style encrypted keys. Mostly empty. */
  readonly headers: Readonly<Record<string, string>>;
}

/** More than any real chain or bundle needs; a hostile file must not make us hold a million blocks. */
const mostBlocks = 100_000;
const begin = '-----BEGIN ';
const dashes = '-----';

/**
 * All blocks of `text` in their order; text outside blocks is ignored. No block gives an empty list.
 * Throws `pemMalformed` when a block is not closed, closed under another label, or not base64.
 */
export function parsePem(text: string): readonly PemBlock[] {
  const blocks: PemBlock[] = [];
  let at = 0;
  for (;;) {
    const start = findBegin(text, at);
    if (start === -1) return blocks;
    if (blocks.length === mostBlocks) throw new PkiError('pemMalformed', `PEM text has more than ${mostBlocks} blocks`);
    const labelEnd = endOfLabel(text, start + begin.length);
    const label = text.slice(start + begin.length, labelEnd);
    const bodyStart = labelEnd + dashes.length;
    const end = text.indexOf(dashes, bodyStart);
    const closing = `-----END ${label}-----`;
    if (end === -1 || !text.startsWith(closing, end)) {
      throw new PkiError('pemMalformed', `PEM block "${printable(label)}" has no matching END line`, { details: { offset: start } });
    }
    blocks.push(readBlock(label, text.slice(bodyStart, end)));
    at = end + closing.length;
  }
}

/** Only at the beginning of a line: "see -----BEGIN" in a comment is text. White space before it is forgiven. */
function findBegin(text: string, from: number): number {
  for (let at = text.indexOf(begin, from); at !== -1; at = text.indexOf(begin, at + begin.length)) {
    if (isLineStart(text, at)) return at;
  }
  return -1;
}

function isLineStart(text: string, at: number): boolean {
  // Bounded so that a megabyte of blanks before many BEGINs stays linear.
  for (let before = at - 1; before >= Math.max(0, at - 16); before--) {
    const character = text[before];
    if (character === '\n' || character === '\r' || character === '\ufeff') return true;
    if (character !== ' ' && character !== '\t') return false;
  }
  return at <= 16;
}

function endOfLabel(text: string, from: number): number {
  // RFC 7468 labels are short; 64 characters leave room and keep the search local.
  const end = text.slice(from, from + 64 + dashes.length).indexOf(dashes);
  const label = end === -1 ? undefined : text.slice(from, from + end);
  if (end === -1 || label === undefined || !/^[A-Z0-9#. ]*$/.test(label)) {
    throw new PkiError('pemMalformed', 'PEM block has a malformed BEGIN line', { details: { offset: from } });
  }
  return from + end;
}

function readBlock(label: string, body: string): PemBlock {
  const { headers, rest } = body.includes(':') ? readHeaders(label, body) : { headers: {}, rest: body };
  // Line feeds alone are the usual case and the quick one.
  const lines = rest.replaceAll('\n', '');
  const packed = isBase64(lines) ? lines : lines.replaceAll(/[\s\ufeff]/g, '');
  if (packed.length % 4 !== 0 || !isBase64(packed)) {
    throw new PkiError('pemMalformed', `PEM block "${printable(label)}" is not base64`, {
      hint: 'the file may be cut off or was edited; write it again from its source',
    });
  }
  return { label, bytes: new Uint8Array(Buffer.from(packed, 'base64')), headers };
}

function isBase64(text: string): boolean {
  return /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

/** RFC 1421 §4.6: `Name: value` lines up to an empty line. */
function readHeaders(label: string, body: string): { headers: Record<string, string>; rest: string } {
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  const lines = body.split(/\r\n|\n|\r/);
  let index = lines[0]?.trim() === '' ? 1 : 0;
  for (; index < lines.length; index++) {
    const line = lines[index] ?? '';
    if (line.trim() === '') break;
    const colon = line.indexOf(':');
    if (colon === -1 && !/^[ \t]/.test(line)) {
      throw new PkiError('pemMalformed', `PEM block "${printable(label)}" has a malformed header`);
    }
    if (colon !== -1) headers[line.slice(0, colon).trim()] = line.slice(colon + 1).trim();
  }
  return { headers, rest: lines.slice(index).join('\n') };
}

/** `der` as one PEM block: 64 columns, `\n` line ends, a final newline. */
export function encodePem(label: string, der: Uint8Array): string {
  const base64 = Buffer.from(der.buffer, der.byteOffset, der.length).toString('base64');
  const lines: string[] = [];
  for (let at = 0; at < base64.length; at += 64) lines.push(base64.slice(at, at + 64));
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}

/** The certificates of `text`, each as clean PEM; other blocks and text are dropped. */
export function splitPemChain(text: string): string[] {
  return parsePem(text).filter(isCertificateBlock).map((block) => encodePem('CERTIFICATE', block.bytes));
}

/** Whether file content is DER rather than text with PEM in it: a SEQUENCE of more than 127 octets, as all of ours are. */
export function looksLikeDer(bytes: Uint8Array): boolean {
  return bytes[0] === tags.sequence && (bytes[1] ?? 0) >= 0x80;
}

/** OpenSSL still reads an older label, so files with it exist. */
export function isCertificateBlock(block: PemBlock): boolean {
  return block.label === 'CERTIFICATE' || block.label === 'X509 CERTIFICATE';
}
