import { createCertificate, generatePrivateKey, privateKeyToPem } from '@certward/pki';
import { type Lineage, openLineageStore } from '@certward/engine';
import { temporaryFolder } from '@certward/testing';
import { describe, expect, test } from 'vitest';
import { parseArguments } from '../args/parse.ts';
import { resolveServer } from '../settings/server.ts';
import { settingsOf } from '../settings/settings.ts';
import { refuseStagingOverReal } from './staging-guard.ts';

const settings = (line: string) => resolveServer(settingsOf(parseArguments(['certonly', ...line.split(' ')], { iniFiles: [], environment: {} }), new Map()));

/** A lineage that came from `server`. */
async function lineageOf(server: string, configDir: string): Promise<Lineage> {
  const key = await generatePrivateKey({ type: 'ecdsa', curve: 'P-256' });
  const now = new Date('2026-11-20T00:00:00Z');
  const { pem } = createCertificate({ subjectPublicKey: key, issuer: 'self', identifiers: [{ type: 'dns', value: 'a.test' }], serialBytes: Uint8Array.of(1), notBefore: now, notAfter: new Date('2027-02-18T00:00:00Z') });
  return await openLineageStore({ configDir }).create({ name: 'a.test', fullchainPem: pem, privateKeyPem: privateKeyToPem(key), params: new Map([['server', server]]) });
}

const real = 'https://acme-v02.api.letsencrypt.org/directory';

describe('a test certificate in place of a real one', () => {
  test.each([
    ['the staging server', '--staging'],
    ['any server with the word in its URL', '--server https://ca.test/staging/directory'],
  ])('is refused, from %s', async (_, words) => {
    await using folder = await temporaryFolder('staging');
    const lineage = await lineageOf(real, folder.path);
    expect(() => refuseStagingOverReal(settings(words), lineage)).toThrow(expect.objectContaining({ code: 'argumentConflict', message: expect.stringContaining('--break-my-certs') as string }));
  });

  test.each([
    ['--break-my-certs says so', '--staging --break-my-certs', real],
    ['nothing is saved', '--dry-run', real],
    ['it replaces a test certificate', '--staging', 'https://acme-staging-v02.api.letsencrypt.org/directory'],
    ['the new one is real, too', `--server ${real}`, real],
  ])('is fine where %s', async (_, words, server) => {
    await using folder = await temporaryFolder('staging');
    const lineage = await lineageOf(server, folder.path);
    expect(() => refuseStagingOverReal(settings(words), lineage)).not.toThrow();
  });
});
