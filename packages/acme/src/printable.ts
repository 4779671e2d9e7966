// Text from a CA made fit for terminals and logs. It stays the CA's own wording; only what could steer a terminal is escaped.

/** Long enough for any explanation a CA has been seen to send; a bound so that no log line becomes a megabyte. */
const defaultLongest = 2_000;

// C0 and C1 controls, zero-width and bidirectional overrides, line separators, lone surrogates.
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** `text` with control and direction-changing characters as `\u{…}`, cut after `longest` characters. */
export function printable(text: string, longest = defaultLongest): string {
  const cut = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return cut.replace(unprintable, (char) => (char === '\n' || char === '\t' ? ' ' : `\\u{${char.codePointAt(0)?.toString(16)}}`));
}
