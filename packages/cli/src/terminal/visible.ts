// Text made fit for a terminal and a log: what could steer a terminal is shown as an escape. It may come from a CA, a hook, the
// system or the name of a file, so it is done where texts go out, for all of them.

/** C0 but for tab and line feed, DEL, C1, soft hyphen, and everything that is invisible or turns the direction of text. */
// oxlint-disable-next-line no-control-regex, no-misleading-character-class -- control characters are what this is about
const steering = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u00AD\u061C\u180E\u200B-\u200F\u2028-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB]/g;

/** `text` with such characters as `\u{1b}`. Line feeds and tabs stay; a carriage return before a line feed goes. */
export function visible(text: string): string {
  return text.replaceAll('\r\n', '\n').replaceAll(steering, (one) => `\\u{${one.charCodeAt(0).toString(16)}}`);
}

/** JSON text that stays the same JSON: such characters as `\u001b`. */
export function visibleJson(json: string): string {
  return json.replaceAll(steering, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
