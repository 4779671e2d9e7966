// `revoke`: revokes a certificate, by the account or by its own key, and offers to delete its files.
import { readFileSync } from 'node:fs';
import type { RevocationReason } from '@certward/acme';
import { describeError } from '@certward/base';
import { type Lineage, openLineageStore, type LineageStore, StoreError } from '@certward/engine';
import { type Certificate, keysMatch, parseCertificate, parsePrivateKeyPem } from '@certward/pki';
import { selectStoredAccount } from '../account/select-account.ts';
import { createClient } from '../compose/acme-client.ts';
import { withLocks } from '../compose/locks.ts';
import type { Command, CommandResult, Context } from '../context.ts';
import { cliError } from '../errors.ts';
import { selectLineages } from '../lineage-choice/select.ts';
import { resolveServer } from '../settings/server.ts';
import { isSetNow, type Settings, settingsOf, withValues } from '../settings/settings.ts';
import { deleteLineage } from './delete.ts';

/** What is revoked. A bare file may belong to no lineage. */
interface Target {
  readonly certificate: Certificate;
  readonly path: string;
  readonly lineage: Lineage | undefined;
}

const reasons: Readonly<Record<string, RevocationReason>> = {
  keycompromise: 'keyCompromise',
  affiliationchanged: 'affiliationChanged',
  superseded: 'superseded',
  cessationofoperation: 'cessationOfOperation',
};

/** Runs the verb. Exactly one of --cert-name and --cert-path selects. */
export const revoke: Command = (context) =>
  withLocks(context, async () => {
    const { arguments: parsed, folders, log, terminal } = context;
    const store = openLineageStore({ configDir: folders.config, log });
    const target = await findTarget(store, context);
    const settings = settingsFor(target, settingsOf(parsed, new Map()));
    const { wasAlreadyRevoked } = await revokeAtCa(target, settings, context);
    terminal.result(`Congratulations! You have successfully revoked the certificate that was located at ${target.path}.`);
    if (wasAlreadyRevoked) terminal.notice('The CA says that it had been revoked before.');
    const deleted = await offerDeletion(store, target, context);
    return { result: { serial: target.certificate.serial, path: target.path, reason: settings.values.reason, wasAlreadyRevoked, deleted } } satisfies CommandResult;
  });

async function findTarget(store: LineageStore, context: Context): Promise<Target> {
  const { certPath, certName } = context.arguments.values;
  if (certPath !== undefined && certName !== undefined) {
    throw cliError('argumentConflict', 'Exactly one of --cert-path or --cert-name must be specified.');
  }
  if (certPath !== undefined) {
    const certificate = readCertificate(certPath);
    return { certificate, path: certPath, lineage: findByCertificate(store, certificate) };
  }
  if (certName === undefined && !context.questions.interactive) {
    throw cliError('argumentConflict', 'Error! Exactly one of --cert-path or --cert-name must be specified.', { hint: '--cert-name takes a name that `certificates` lists' });
  }
  const [name = ''] = await selectLineages(store, 'revoke', context);
  const lineage = store.load(name);
  return { certificate: lineage.certificate, path: lineage.links.cert, lineage };
}

function readCertificate(file: string): Certificate {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw cliError('fileUnreadable', `the certificate "${file}" cannot be read: ${describeError(cause)}`, { cause });
  }
  const isPem = bytes.includes('-----BEGIN');
  return parseCertificate(isPem ? bytes.toString('latin1') : bytes);
}

function findByCertificate(store: LineageStore, certificate: Certificate): Lineage | undefined {
  const found = store.list().find((one) => one.status === 'ok' && one.certificate.fingerprintSha256 === certificate.fingerprintSha256);
  try {
    return found === undefined ? undefined : store.load(found.name);
  } catch (error) {
    if (error instanceof StoreError) return undefined;
    throw error;
  }
}

/** A lineage knows its CA; what is typed beats it. */
function settingsFor({ lineage }: Target, typed: Settings): Settings {
  if (lineage === undefined || isSetNow(typed, 'server') || typed.values.staging) return resolveServer(typed);
  const { server, account } = lineage.conf.params;
  const ofLineage = withValues(typed, { server }, 'stored');
  return account === undefined || isSetNow(typed, 'account') ? ofLineage : withValues(ofLineage, { account }, 'stored');
}

async function revokeAtCa({ certificate }: Target, settings: Settings, context: Context) {
  const { signal } = context;
  const { keyPath, reason: word } = settings.values;
  const reason = reasons[word];
  await using client = createClient(settings, context);
  if (keyPath !== undefined) {
    const key = parsePrivateKeyPem(readKey(keyPath));
    if (!keysMatch(key, certificate.publicKey)) {
      throw cliError('certificateMismatch', `the private key "${keyPath}" does not belong to the certificate`, { hint: '--key-path names the key of the very certificate to revoke' });
    }
    return await client.revokeWithCertificateKey({ certificate, key, reason, signal });
  }
  const stored = await selectStoredAccount(settings, context);
  if (stored === undefined) {
    throw cliError('accountMissing', `there is no account for ${settings.values.server}`, { hint: 'revoke with the key of the certificate: --key-path; or name the CA that issued it: --server' });
  }
  return await client.openAccount(stored).revoke({ certificate, reason, signal });
}

function readKey(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch (cause) {
    throw cliError('fileUnreadable', `the private key "${file}" cannot be read: ${describeError(cause)}`, { cause });
  }
}

/** Deletes where nothing else needs the archive. Unattended it deletes, unless told otherwise. */
async function offerDeletion(store: LineageStore, { lineage }: Target, context: Context): Promise<boolean> {
  const { arguments: { values }, questions, terminal, signal } = context;
  if (lineage === undefined) return false;
  const question = 'Would you like to delete the certificate(s) you just revoked, along with all earlier and later versions of the certificate?';
  const wanted = values.deleteAfterRevoke ?? (await questions.yesNo(question, { yes: 'Yes (recommended)', no: 'No', flag: '--delete-after-revoke', unattended: true, signal }));
  if (!wanted) return false;
  const shares = store.list().some((one) => one.status === 'ok' && one.name !== lineage.name && one.conf.archiveDir === lineage.archiveDir);
  if (shares) {
    terminal.result('Not deleting revoked certificates due to overlapping archive dirs. More than one certificate is using the same archive directory.');
    return false;
  }
  await deleteLineage(store, lineage.name, context);
  return true;
}
