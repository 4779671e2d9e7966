// Which existing certificate install and enhance are about: a lineage by name or by question, or bare files.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describeError } from '@certward/base';
import type { CertificatePaths, LineageStore } from '@certward/engine';
import { type Certificate, keysMatch, parseCertificate, parsePrivateKeyPem } from '@certward/pki';
import type { Context } from '../context.ts';
import { cliError } from '../errors.ts';

/** A certificate to install. */
export interface InstallableCertificate {
  /** Absent for bare files. */
  readonly lineage: string | undefined;
  readonly names: readonly string[];
  readonly paths: CertificatePaths;
}

/** The lineage of --cert-name, or the one chosen from the list. Throws `answerMissing` unattended, `certificateMissing`. */
export async function chooseCertificate(store: LineageStore, question: string, { arguments: { values }, questions, signal }: Context): Promise<InstallableCertificate> {
  const names = values.certName === undefined ? store.names() : [values.certName];
  if (names.length === 0) throw cliError('certificateMissing', 'No existing certificates found.');
  const index = values.certName === undefined ? await questions.menu(question, { choices: names, flag: '--cert-name', signal }) : 0;
  const lineage = store.load(names[index] ?? '');
  return { lineage: lineage.name, names: namesOf(lineage.certificate), paths: lineage.links };
}

/** The certificate that --cert-path and its companions name; `undefined` when none of them is there. */
export function typedCertificate({ arguments: { values } }: Context): InstallableCertificate | undefined {
  const { certPath, keyPath, fullchainPath, chainPath } = values;
  if ([certPath, keyPath, fullchainPath, chainPath].every((file) => file === undefined)) return undefined;
  const leaf = certPath ?? fullchainPath;
  if (leaf === undefined || keyPath === undefined) {
    throw cliError('argumentConflict', 'Path to certificate or key was not defined.', { hint: 'name both with --cert-path and --key-path, or a certificate that `certificates` lists with --cert-name' });
  }
  const certificate = readCertificate(leaf);
  if (!keysMatch(parsePrivateKeyPem(readText(keyPath)), certificate.publicKey)) {
    throw cliError('certificateMismatch', `the key "${keyPath}" does not belong to the certificate "${leaf}"`);
  }
  const absolute = { cert: path.resolve(leaf), privkey: path.resolve(keyPath), chain: path.resolve(chainPath ?? fullchainPath ?? leaf), fullchain: path.resolve(fullchainPath ?? leaf) };
  return { lineage: undefined, names: namesOf(certificate), paths: absolute };
}

function namesOf({ identifiers }: Certificate): readonly string[] {
  return identifiers.filter(({ type }) => type === 'dns').map(({ value }) => value);
}

function readCertificate(file: string): Certificate {
  const text = readText(file);
  try {
    return parseCertificate(text);
  } catch (cause) {
    throw cliError('fileUnreadable', `"${file}" is not a certificate`, { cause, hint: 'it must be in PEM' });
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw cliError('fileUnreadable', `"${file}" cannot be read: ${describeError(cause)}`, { cause });
  }
}
