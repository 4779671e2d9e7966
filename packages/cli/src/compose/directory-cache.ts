// Remembers ACME directories between runs in WORK/certward/directories, which saves a request per run. A cache: it may vanish,
// and whatever is odd about it means that there is none.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { CachedDirectory, DirectoryCache } from '@certward/acme';

/** A cache in the working folder. */
export function createDirectoryCache(workFolder: string): DirectoryCache {
  const folder = path.join(workFolder, 'certward', 'directories');
  const fileOf = (url: string) => path.join(folder, `${createHash('sha256').update(url).digest('hex').slice(0, 32)}.json`);
  return {
    load: async (url) => {
      try {
        return parse(readFileSync(fileOf(url), 'utf8'), url);
      } catch {
        return undefined;
      }
    },
    save: async (url, { body, fetchedAt }) => {
      mkdirSync(folder, { recursive: true, mode: 0o755 });
      const temporary = `${fileOf(url)}.${process.pid}`;
      // Not synced: a lost or half-written file is fetched again.
      writeFileSync(temporary, JSON.stringify({ url, fetchedAt: fetchedAt.toISOString(), body }), { mode: 0o644 });
      renameSync(temporary, fileOf(url));
    },
  };
}

function parse(text: string, url: string): CachedDirectory | undefined {
  const content: unknown = JSON.parse(text);
  if (typeof content !== 'object' || content === null) return undefined;
  const { url: of, fetchedAt, body } = content as Readonly<Record<string, unknown>>;
  if (of !== url || typeof fetchedAt !== 'string' || typeof body !== 'string') return undefined;
  return { body, fetchedAt: new Date(fetchedAt) };
}
