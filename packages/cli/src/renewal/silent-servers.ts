// Servers that gave no renewal information lately, remembered between runs in WORK/certward/silent-servers.json. A cache.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Context } from '../context.ts';
import { ownWorkFolder } from '../work-folder.ts';

/** How long a server is left alone (RFC 9773 §4.3.3). */
const silenceMs = 6 * 3_600_000;

/** Which servers not to ask. */
export interface SilentServers {
  includes(server: string): boolean;
  add(server: string): void;
}

/** Reads what is remembered. Additions are written at once. */
export function readSilentServers(context: Pick<Context, 'folders' | 'clock' | 'log'>): SilentServers {
  const { clock, log } = context;
  const file = path.join(ownWorkFolder(context), 'silent-servers.json');
  const until = readInstants(file);
  return {
    includes(server) {
      const left = (until.get(server)?.getTime() ?? 0) - clock.now().getTime();
      return left > 0 && left <= silenceMs;
    },
    add(server) {
      until.set(server, new Date(clock.now().getTime() + silenceMs));
      try {
        mkdirSync(path.dirname(file), { recursive: true, mode: 0o755 });
        writeFileSync(file, JSON.stringify(Object.fromEntries(until)), { mode: 0o644 });
      } catch (error) {
        log.debug('silent servers not remembered', { error });
      }
    },
  };
}

function readInstants(file: string): Map<string, Date> {
  try {
    const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const entries = typeof content === 'object' && content !== null ? Object.entries(content) : [];
    return new Map(entries.flatMap(([server, at]) => (typeof at === 'string' ? [[server, new Date(at)] as const] : [])));
  } catch {
    return new Map();
  }
}
