// One log line in Certbot's format: `YYYY-MM-DD HH:MM:SS,mmm:LEVEL:module:message`, then the fields as JSON.
import type { LogFields } from '@certward/base';
import { visible, visibleJson } from '../terminal/visible.ts';

/** Levels by Certbot's names. */
export type Level = 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR';

/** What a line says. */
export interface Line {
  readonly at: Date;
  readonly level: Level;
  readonly message: string;
  readonly fields: LogFields;
}

/** Formats a line; control characters are escaped, so that nothing from outside forges another line. */
export function formatLine({ at, level, message, fields }: Line): string {
  const rest = Object.keys(fields).length === 0 ? '' : ` ${visibleJson(JSON.stringify(fields, replaceValue))}`;
  return `${timestamp(at)}:${level}:certward:${visible(message).replaceAll('\n', '\\n')}${rest}\n`;
}

function timestamp(at: Date): string {
  const local = new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString();
  return `${local.slice(0, 10)} ${local.slice(11, 19)},${local.slice(20, 23)}`;
}

/** Errors become their text; keys of any kind are left out, whoever put them into a field. */
function replaceValue(_key: string, value: unknown): unknown {
  if (value instanceof Error) return value.stack ?? value.message;
  if (typeof value === 'string' && value.includes('PRIVATE KEY')) return '[secret]';
  return value;
}
