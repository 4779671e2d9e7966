// The files that Apache serves to the certificate authority, one per challenge.
import { chmod, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@certward/engine';
import { ApacheError } from '../errors.ts';

/** RFC 8555 §8.3: base64url alphabet only. */
const tokenPattern = /^[A-Za-z0-9_-]{1,128}$/;

/** The file of a token; throws `challengeFailed` for a token that RFC 8555 forbids. */
export function answerPath(folder: string, token: unknown): string {
  if (typeof token === 'string' && tokenPattern.test(token)) return join(folder, token);
  throw new ApacheError('challengeFailed', `challenge token ${JSON.stringify(token)} is not base64url`, {
    hint: 'the certificate authority sent a token that RFC 8555 forbids; nothing was created for it',
  });
}

/** Writes an answer that the server's own user can read, whatever the umask. */
export async function writeAnswer(folder: string, token: string, content: string): Promise<void> {
  const path = answerPath(folder, token);
  const made = await mkdir(folder, { recursive: true, mode: 0o755 });
  if (made !== undefined) await chmod(folder, 0o755);
  const present = await readFile(path, 'utf8').catch(() => undefined);
  if (present !== content) await writeFileAtomic(path, content, { mode: 0o644 });
}

/** Removes an answer; one that is gone already is success. */
export async function removeAnswer(folder: string, token: unknown): Promise<void> {
  await rm(answerPath(folder, token), { force: true });
}
