// Many certificates through the engine as a platform would use it: journal, lineage store, one account, one listener.
//
// our-many.mjs DIRECTORY-URL ROOTS-FILE HTTP01-PORT ACCOUNT-FILE FOLDER IN-FLIGHT NAME…   one certificate per name
import { createPrivateKey } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createAcmeClient } from '@certward/acme';
import { createFileJournal, createStandaloneAuthenticator, issueMany, openLineageStore } from '@certward/engine';

const [directoryUrl = '', rootsFile = '', port = '', accountFile = '', folder = '', inFlight = '16', ...names] = process.argv.slice(2);
const stored = JSON.parse(readFileSync(accountFile, 'utf8'));
const client = createAcmeClient({ directoryUrl, trustedCaPem: readFileSync(rootsFile, 'utf8') });
const account = client.openAccount({ key: createPrivateKey({ key: stored.jwk, format: 'jwk' }), url: stored.url });
const authenticator = createStandaloneAuthenticator({ address: '127.0.0.1', port: Number(port) });
mkdirSync(folder, { recursive: true });
const lineages = openLineageStore({ configDir: path.join(folder, 'config') });
const outcomes = await issueMany(
  names.map((name) => ({
    id: name,
    directoryUrl,
    account,
    identifiers: [{ type: /** @type {const} */ ('dns'), value: name }],
    authenticatorFor: () => authenticator,
  })),
  {
    concurrency: Number(inFlight),
    journal: createFileJournal({ folder: path.join(folder, 'journal') }),
    store: async ({ certificatePem, privateKeyPem, identifiers }) => {
      await lineages.create({
        name: identifiers[0]?.value ?? '',
        fullchainPem: certificatePem,
        privateKeyPem: privateKeyPem?.reveal() ?? '',
        params: new Map([['server', directoryUrl]]),
      });
    },
  },
);
await client.close();
await authenticator.close();
const failed = outcomes.filter((outcome) => outcome.status === 'failed');
for (const outcome of failed.slice(0, 3)) console.error(outcome);
process.exitCode = failed.length > 0 ? 1 : 0;
