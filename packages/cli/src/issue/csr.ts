// `certonly --csr`: a certificate for a signing request that somebody else made. No lineage; three files beside each other.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describeError } from '@certward/base';
import { runIssuance, writeFileAtomic } from '@certward/engine';
import { type Certificate, type Csr, type Identifier, parseCsr, parseIdentifier, sameIdentifiers, splitPemChain } from '@certward/pki';
import type { CommandResult, Context } from '../context.ts';
import { cliError } from '../errors.ts';
import { reportCsrIssued } from '../report/issued.ts';
import { requestedIdentifiers, summarizeNames } from '../settings/names.ts';
import type { AuthenticatorName } from '../settings/plugins.ts';
import { type Settings, withValues } from '../settings/settings.ts';
import { assignAuthenticators } from './assign.ts';
import { settleAuthenticator } from './choose-authenticator.ts';
import { commonRequest, explainRefusal, issuanceDeps, warnAboutChain } from './obtain.ts';
import { IssueSession } from './session.ts';

interface SavedPaths {
  readonly cert: string;
  readonly chain: string;
  readonly fullchain: string;
}

/** Obtains. Throws `fileUnreadable`, `argumentConflict` for names that the request does not have or paths that exist. */
export async function obtainForCsr(asked: Settings, context: Context): Promise<CommandResult> {
  const csr = readCsr(asked.values.csr ?? '');
  const identifiers = identifiersOf(csr, asked);
  const typedPaths = checkTypedPaths(asked);
  const { name, settings: settled } = await settleAuthenticator(asked, identifiers, context);
  await using session = new IssueSession(context);
  const id = `csr ${createHash('sha256').update(csr.der).digest('hex')} ${settled.values.server}`;
  return await session.recovered({ id, name, settings: settled }, () => obtainInto(typedPaths, { id, name, csr, identifiers, settled, session }));
}

interface CsrTask {
  readonly id: string;
  readonly name: AuthenticatorName;
  readonly csr: Csr;
  readonly identifiers: readonly Identifier[];
  readonly settled: Settings;
  readonly session: IssueSession;
}

async function obtainInto(typedPaths: TypedPaths, { id, name, csr, identifiers, settled, session }: CsrTask): Promise<CommandResult> {
  const { context, hooks } = session;
  const assignment = await assignAuthenticators(name, identifiers, { settings: settled, session });
  await hooks.runPre(settled.values);
  hooks.expectPost(settled.values);
  let done = false;
  try {
    const opened = await session.account(settled, name);
    const settings = withValues(settled, { account: opened.id }, 'decided');
    context.terminal.result(`${settings.values.dryRun ? 'Simulating' : 'Requesting'} a certificate${settings.values.dryRun ? ' request' : ''} for ${summarizeNames(identifiers)}`);
    let saved: SavedPaths | undefined;
    const result = await runIssuance(
      { id, identifiers, csr: csr.der, ...commonRequest(settings, assignment, opened) },
      { ...issuanceDeps(session), store: async ({ certificatePem }) => void (saved = await saveFiles(certificatePem, typedPaths)) },
    );
    done = true;
    warnAboutChain(result, settings, session);
    return report(result.chain[0], saved, context);
  } catch (error) {
    throw explainRefusal(error, session);
  } finally {
    await assignment.release();
    await hooks.runPost(done ? { renewed: identifiers, failed: [] } : { renewed: [], failed: identifiers });
  }
}

function report(leaf: Certificate | undefined, saved: SavedPaths | undefined, { terminal }: Context): CommandResult {
  if (saved === undefined || leaf === undefined) {
    terminal.result('The dry run was successful.');
    return { result: { action: 'dryRun' } };
  }
  reportCsrIssued(saved, leaf.notAfter, terminal);
  return { result: { action: 'created', serial: leaf.serial, notAfter: leaf.notAfter.toISOString(), paths: saved } };
}

function readCsr(file: string): Csr {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw cliError('fileUnreadable', `the signing request "${file}" cannot be read: ${describeError(cause)}`, { cause });
  }
  try {
    return parseCsr(bytes.includes('-----BEGIN') ? bytes.toString('latin1') : bytes);
  } catch (cause) {
    throw cliError('argumentInvalid', `"${file}" is not a certificate signing request`, { cause, hint: 'it must be PKCS#10 in PEM or DER, with a valid signature' });
  }
}

/** The names of the request, its common name among them. Typed names must be the same. */
function identifiersOf(csr: Csr, { values }: Settings): readonly Identifier[] {
  const common = csr.commonName === undefined ? [] : [parseIdentifier(csr.commonName)];
  const known = new Set(csr.identifiers.map(({ value }) => value));
  const identifiers = [...common.filter(({ value }) => !known.has(value)), ...csr.identifiers];
  if (identifiers.length === 0) throw cliError('argumentInvalid', 'Unfortunately, your CSR needs to have a SubjectAltName for every domain');
  const typed = requestedIdentifiers(values);
  if (typed.length > 0 && !sameIdentifiers(typed, identifiers)) {
    const names = (list: readonly Identifier[]) => list.map(({ value }) => value).join(', ');
    throw cliError('argumentConflict', `Inconsistent domain requests:\nFrom the CSR: ${names(identifiers)}\nFrom command line/config: ${names(typed)}`);
  }
  return identifiers;
}

type TypedPaths = Partial<SavedPaths>;

/** Typed paths must be free, which is worth knowing before the CA counts an order. */
function checkTypedPaths({ values }: Settings): TypedPaths {
  const typed = Object.fromEntries(
    Object.entries({ cert: values.certPath, chain: values.chainPath, fullchain: values.fullchainPath }).flatMap(([kind, file]) => (file === undefined ? [] : [[kind, path.resolve(file)]])),
  ) as TypedPaths;
  for (const file of Object.values(typed)) {
    if (existsSync(file)) throw cliError('argumentConflict', `the file "${file}" exists`, { hint: 'name another one, or leave the option out: a number is then put in front' });
  }
  return typed;
}

async function saveFiles(chainPem: string, typed: TypedPaths): Promise<SavedPaths> {
  const [leaf = '', ...rest] = splitPemChain(chainPem).map((pem) => (pem.endsWith('\n') ? pem : `${pem}\n`));
  const cert = await saveOne(typed.cert, 'cert.pem', leaf);
  const chain = await saveOne(typed.chain, 'chain.pem', rest.join(''));
  // Certbot's default name of the full chain is that of the chain, told apart by the number.
  const fullchain = await saveOne(typed.fullchain, 'chain.pem', leaf + rest.join(''));
  return { cert, chain, fullchain };
}

async function saveOne(typed: string | undefined, defaultName: string, content: string): Promise<string> {
  const file = typed ?? freeName(defaultName);
  await writeFileAtomic(file, content, { exclusive: true, mode: 0o644 });
  return file;
}

/** `./0000_cert.pem`, the first number that is free. */
function freeName(name: string): string {
  for (let number = 0; ; number++) {
    const file = path.resolve(`${String(number).padStart(4, '0')}_${name}`);
    if (!existsSync(file)) return file;
  }
}
