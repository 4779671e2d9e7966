// What hostile texts look like, and how to tell that one reached a person's terminal or log as it was.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

/** Clears the screen, sets the window's title, hides and reverses text, forges a line. As a CA or a file name may hold it. */
export const steeringText = 'x\u001b[2J\u001b]0;owned\u0007\u009b31m\u202egpj.exe\u2066\r\nFORGED: all is well\u0000\u007f';

/** The same as a name that a file or an argument can have: on one line, without NUL. */
export const steeringName = steeringText.replaceAll(/[\r\n\0]/g, '');

// Everything that a terminal acts upon, newline and tab apart: C0, DEL, C1, and what changes the direction of text.
// oxlint-disable-next-line no-control-regex -- control characters are what this is about
const steering = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Characters of `text` that could steer a terminal, as escapes. */
export function steeringIn(text: string): readonly string[] {
  const found = (text.match(steering) ?? []).map((char) => `U+${char.codePointAt(0)?.toString(16).padStart(4, '0')}`);
  return [...new Set(found)];
}

/** True when the text got a line of its own. */
export function hasForgedLine(text: string): boolean {
  return text.split('\n').some((line) => line.startsWith('FORGED'));
}

/** All files below a folder, with their paths relative to it. Links are named, not followed. */
export function filesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
      .sort();
  } catch {
    return [];
  }
}

/** Contents of regular files below a folder, by relative path. */
export function contentsBelow(folder: string): Map<string, string> {
  return new Map(filesBelow(folder).filter((file) => statSync(path.join(folder, file), { throwIfNoEntry: false })?.isFile() === true).map((file) => [file, readFileSync(path.join(folder, file), 'latin1')]));
}

/** Permission bits, as `ls` would say them in octal. */
export function modeOf(file: string): number {
  return statSync(file).mode & 0o777;
}
