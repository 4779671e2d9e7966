// Keeps a shipped file current without ever overwriting what a person made of it.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '@certward/base';
import { type Disk, ensureFolder, type FileChange, writeFilesAtomic } from '@certward/engine';
import { dhparamsContent, optionsContent, type TlsAbilities } from './content.ts';
import { equivalentOptionsHashes, formerOptionsHashes } from './known-hashes.ts';

/** A file that we ship, and the file beside it that remembers which version its owner was told about. */
interface ShippedFile {
  readonly path: string;
  readonly digestPath: string;
  readonly content: string;
  /** Replaced by ours. */
  readonly formerHashes: ReadonlySet<string>;
  /** As good as ours. */
  readonly equivalentHashes: ReadonlySet<string>;
}

/** The two files in Certbot's configuration folder. */
export function shippedFiles(configDir: string, abilities: TlsAbilities): { readonly options: ShippedFile; readonly dhparams: ShippedFile } {
  return {
    options: {
      path: join(configDir, 'options-ssl-nginx.conf'),
      digestPath: join(configDir, '.updated-options-ssl-nginx-conf-digest.txt'),
      content: optionsContent(abilities),
      formerHashes: formerOptionsHashes,
      equivalentHashes: equivalentOptionsHashes,
    },
    dhparams: {
      path: join(configDir, 'ssl-dhparams.pem'),
      digestPath: join(configDir, '.updated-ssl-dhparams-pem-digest.txt'),
      content: dhparamsContent,
      formerHashes: new Set(),
      equivalentHashes: new Set(),
    },
  };
}

/** What installing or refreshing a shipped file would change (§7.3). Changes nothing; warns once per version about an edited file. */
export function planShippedFile(file: ShippedFile, log: Log): FileChange[] {
  const shippedHash = sha256(file.content);
  const present = tryRead(file.path);
  const presentHash = present === undefined ? undefined : sha256(present);
  const digest = tryRead(file.digestPath);
  const remember: FileChange = { path: file.digestPath, before: digest, after: Buffer.from(shippedHash) };
  if (presentHash === shippedHash || (presentHash !== undefined && file.equivalentHashes.has(presentHash))) return [];
  if (presentHash === undefined || file.formerHashes.has(presentHash)) {
    return [{ path: file.path, before: present, after: Buffer.from(file.content) }, remember];
  }
  if (digest?.toString('latin1').trim() === shippedHash) return [];
  log.warn('TLS settings were edited and are not updated any more', { path: file.path });
  return [remember];
}

/** Writes what {@link planShippedFile} planned. */
export async function writeShippedFiles(configDir: string, changes: readonly FileChange[], { disk }: { readonly disk?: Disk | undefined } = {}): Promise<void> {
  if (changes.length === 0) return;
  await ensureFolder(configDir, { mode: 0o755, disk });
  await writeFilesAtomic(
    changes.flatMap(({ path, after }) => (after === undefined ? [] : [{ path, content: after, mode: 0o644 }])),
    { disk },
  );
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

function tryRead(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
