// The TLS settings that deployed hosts include, CFG/options-ssl-apache.conf: what is in it, and when it is replaced.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '@certward/base';
import { writeFileAtomic } from '@certward/engine';
import { isOlder } from './certificate.ts';
import { shippedTlsOptionsDigests } from './known-hashes.ts';

const ciphers = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'DHE-RSA-AES128-GCM-SHA256',
  'DHE-RSA-AES256-GCM-SHA384',
];

const content = (tickets: boolean) => `# TLS settings of the virtual hosts that include this file.
# As long as nobody edits it, newer settings replace it by themselves; an edited file is left alone.

SSLEngine on
SSLProtocol all -SSLv3 -TLSv1 -TLSv1.1
SSLCipherSuite ${ciphers.join(':')}
SSLHonorCipherOrder off
${tickets ? 'SSLSessionTickets off\n' : ''}SSLOptions +StrictRequire
`;

/** What is to be done about the file. */
export interface TlsOptionsPlan {
  readonly path: string;
  /** What the file will contain. */
  readonly content: Uint8Array;
  readonly action: 'none' | 'write' | 'warn';
  readonly digest: string;
}

const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const digestFile = '.updated-options-ssl-apache-conf-digest.txt';

/**
 * Decides by what lies in `configDir`: missing, or some version as shipped → write the present one; edited → keep, and warn
 * once for every version of ours.
 */
export function planTlsOptions(configDir: string, version: readonly number[]): TlsOptionsPlan {
  const path = join(configDir, 'options-ssl-apache.conf');
  // Session tickets can be switched off since 2.4.11.
  const ours = [content(true), content(false)].map((text) => Buffer.from(text));
  const wanted = (isOlder(version, [2, 4, 11]) ? ours[1] : ours[0]) ?? Buffer.alloc(0);
  const digest = digestOf(wanted);
  const present = tryRead(path);
  if (present === undefined) return { path, content: wanted, action: 'write', digest };
  const presentDigest = digestOf(present);
  if (presentDigest === digest) return { path, content: present, action: 'none', digest };
  const shipped = shippedTlsOptionsDigests.includes(presentDigest) || ours.some((text) => digestOf(text) === presentDigest);
  if (shipped) return { path, content: wanted, action: 'write', digest };
  const told = tryRead(join(configDir, digestFile))?.toString('latin1').trim() === digest;
  return { path, content: present, action: told ? 'none' : 'warn', digest };
}

/** Carries the plan out. */
export async function applyTlsOptions({ path, content: bytes, action, digest }: TlsOptionsPlan, { configDir, log }: { readonly configDir: string; readonly log: Log }): Promise<void> {
  if (action === 'none') return;
  if (action === 'warn') log.warn('TLS options were edited and stay as they are, although newer ones exist', { path });
  else await writeFileAtomic(path, bytes, { mode: 0o644 });
  await writeFileAtomic(join(configDir, digestFile), digest, { mode: 0o644 });
}

function tryRead(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
