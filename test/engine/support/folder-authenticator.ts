// A DNS-like authenticator: each TXT value is a file in a folder, the "API" gives record ids back. With it comes the
// validator that looks there, for an embedded CA. Records outlive processes, as they do at a real provider.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dns01TxtValue } from '@certward/acme';
import { Problem, type Validator } from '@certward/ca';
import type { Authenticator } from '@certward/engine';

/** Values of a record set, as files named by value. */
export function readRecords(folder: string, recordName: string): readonly string[] {
  try {
    return readdirSync(join(folder, recordName));
  } catch {
    return [];
  }
}

/** Publishes dns-01 values in `folder`. */
export function createFolderAuthenticator(folder: string): Authenticator {
  return {
    name: 'dns-folder',
    challengeTypes: (identifier) => (identifier.type === 'dns' ? ['dns-01'] : []),
    plan: async (challenges) => challenges.map(({ recordName, validation }) => ({ recordName, validation })),
    async present({ recordName, validation }, handle) {
      mkdirSync(join(folder, recordName), { recursive: true });
      writeFileSync(join(folder, recordName, validation), '');
      return { ...(handle as object), recordId: `record-${validation.slice(0, 8)}` };
    },
    async cleanUp(handle) {
      const { recordName, validation } = handle as { readonly recordName: string; readonly validation: string };
      rmSync(join(folder, recordName, validation), { force: true });
    },
  };
}

/** Accepts dns-01 proof from `folder`, nothing else. */
export function createFolderValidator(folder: string): Validator {
  return {
    async validate({ type, identifier, keyAuthorization }) {
      if (type !== 'dns-01') throw new Problem('unauthorized', `no ${type} here`);
      const recordName = `_acme-challenge.${identifier.value}`;
      if (!readRecords(folder, recordName).includes(dns01TxtValue(keyAuthorization))) throw new Problem('dns', `no TXT record at ${recordName}`);
    },
  };
}
