// A program that obtains one certificate and kills itself with SIGKILL at the k-th point where something is about to
// happen or has just happened outside the process: a journal write, a presentation, a request to the CA, the store.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAcmeClient, createHttpsTransport, type Transport } from '@certward/acme';
import { assertNever } from '@certward/base';
import { type Authenticator, createFileJournal, createStandaloneAuthenticator, createWebrootAuthenticator, type Journal, runIssuance } from '@certward/engine';
import { parsePrivateKeyPem } from '@certward/pki';
import { createFolderAuthenticator } from './folder-authenticator.ts';

/** What the test tells the program, as JSON in its first argument. */
export interface CrashPlan {
  /** 1 for the first point; 0 lets the program finish. */
  readonly killAt: number;
  readonly authenticator: 'standalone' | 'webroot' | 'dns';
  /** Holds `journal/`, `store/` and `proof/`. */
  readonly folder: string;
  readonly directoryUrl: string;
  readonly accountUrl: string;
  readonly keyFile: string;
  readonly names: readonly string[];
  readonly httpPort: number;
}

const plan = JSON.parse(process.argv[2] ?? '{}') as CrashPlan;
let points = 0;

function point(): void {
  points += 1;
  if (points === plan.killAt) process.kill(process.pid, 'SIGKILL');
}

/** `work` with a point before and after it. */
async function between<T>(work: () => Promise<T>): Promise<T> {
  point();
  const result = await work();
  point();
  return result;
}

function mortalJournal(journal: Journal): Journal {
  return {
    ...journal,
    save: (entry) => between(() => journal.save(entry)),
    remove: (id) => between(() => journal.remove(id)),
    saveKey: (id, keyId, pem) => between(() => journal.saveKey(id, keyId, pem)),
  };
}

function mortalAuthenticator(authenticator: Authenticator): Authenticator {
  return {
    ...authenticator,
    present: (challenge, handle, options) => between(() => authenticator.present(challenge, handle, options)),
    cleanUp: (handle, options) => between(() => authenticator.cleanUp(handle, options)),
  };
}

function mortalTransport(transport: Transport): Transport {
  return {
    send: (request, options) => (request.method === 'POST' ? between(() => transport.send(request, options)) : transport.send(request, options)),
    close: () => transport.close(),
  };
}

function authenticatorOf({ authenticator, folder, names, httpPort }: CrashPlan): Authenticator {
  const proof = join(folder, 'proof');
  switch (authenticator) {
    case 'standalone':
      return createStandaloneAuthenticator({ port: httpPort });
    case 'webroot':
      return createWebrootAuthenticator({ webrootMap: new Map(names.map((name) => [name, proof])) });
    case 'dns':
      return createFolderAuthenticator(proof);
    default:
      return assertNever(authenticator);
  }
}

const client = createAcmeClient({ directoryUrl: plan.directoryUrl, allowHttp: true, transport: mortalTransport(createHttpsTransport()) });
const account = client.openAccount({ key: parsePrivateKeyPem(readFileSync(plan.keyFile, 'utf8')), url: plan.accountUrl });
const authenticator = mortalAuthenticator(authenticatorOf(plan));
const result = await runIssuance(
  {
    id: 'lineage',
    directoryUrl: plan.directoryUrl,
    account,
    identifiers: plan.names.map((value) => ({ type: 'dns', value })),
    authenticatorFor: () => authenticator,
  },
  {
    journal: mortalJournal(createFileJournal({ folder: join(plan.folder, 'journal') })),
    store: ({ chain, certificatePem, privateKeyPem }) =>
      between(async () => {
        mkdirSync(join(plan.folder, 'store'), { recursive: true });
        // Named by serial, as a store that compares with its newest version would: the same certificate is no new one.
        writeFileSync(join(plan.folder, 'store', `${chain[0]?.serial ?? ''}.pem`), `${privateKeyPem?.reveal() ?? ''}${certificatePem}`);
      }),
  },
);
await client.close();
process.stdout.write(JSON.stringify({ points, cleanUpFailures: result.cleanUpFailures.length }));
