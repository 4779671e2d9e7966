// Registers a new account at the CA and stores it: key, terms of service, contacts, external account binding.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Account, type AcmeClient, AcmeError, type Directory, isProblem } from '@certward/acme';
import { Secret } from '@certward/base';
import { type AccountStore, openLineageStore, pointLineagesAt, settleAccounts, type StoredAccount } from '@certward/engine';
import { generatePrivateKey } from '@certward/pki';
import type { Context } from '../context.ts';
import { cliError } from '../errors.ts';
import type { Settings } from '../settings/settings.ts';
import type { Values } from '../args/table.ts';
import { contactsOf } from './contacts.ts';
import { accountKeySpec } from './key-spec.ts';

/** A stored account and the same one at the CA. */
export interface OpenedAccount {
  readonly stored: StoredAccount;
  readonly account: Account;
}

/** Makes accounts of keys that a killed run had registered without noting it. Runs under the locks. */
export async function settleInterruptedAccounts(client: AcmeClient, store: AccountStore, { folders, log, signal }: Context): Promise<void> {
  const lineages = openLineageStore({ configDir: folders.config, log });
  await settleAccounts(store, { client, signal, replaced: (ids) => pointLineagesAt(lineages, ids) });
}

/** Registers. Throws `answerMissing` when the terms are not agreed to, `argumentConflict` when a binding is needed. */
export async function registerAccount(
  { client, store, settings }: { readonly client: AcmeClient; readonly store: AccountStore; readonly settings: Settings },
  context: Context,
): Promise<OpenedAccount> {
  const { signal, terminal } = context;
  const { values } = settings;
  const directory = await client.directory({ signal });
  const externalAccountBinding = bindingOf(values, directory);
  const presumed = values.dryRun && hasAnyAccount(context);
  const termsOfServiceAgreed = presumed || (await agreeToTerms(directory, values, context));
  const contact = presumed ? [] : contactsOf(await askEmail(values, context));
  const key = await generatePrivateKey(accountKeySpec(values));
  // On the disk before the CA hears of it: a run that is killed in between finds the account by its key.
  const id = await store.reserve(key);
  const account = await client.createAccount({ key, contact, termsOfServiceAgreed, externalAccountBinding, signal }).catch(async (error: unknown) => {
    if (isCertain(error)) await store.delete(id);
    throw error;
  });
  const stored = await store.save({ key, url: account.url });
  terminal.result('Account registered.');
  return { stored, account };
}

/** Whether the CA certainly has no account for the key; otherwise the next run asks it. */
function isCertain(error: unknown): boolean {
  return isProblem(error) || (error instanceof AcmeError && (error.code === 'clockWrong' || error.code === 'externalAccountKeyMalformed'));
}

async function agreeToTerms({ meta }: Directory, values: Values, { questions, signal }: Context): Promise<boolean> {
  if (meta.termsOfService === undefined || values.agreeTos) return true;
  const question = `Please read the Terms of Service at: ${meta.termsOfService}\nYou must agree in order to register with the ACME server. Do you agree?`;
  if (await questions.yesNo(question, { flag: '--agree-tos', signal })) return true;
  throw cliError('cancelled', 'Registration cannot proceed without accepting Terms of Service.');
}

/** Unattended runs have no address unless one is given: CAs do not need it any more. */
async function askEmail(values: Values, { questions, signal }: Context): Promise<string | undefined> {
  if (values.email !== undefined || values.registerUnsafelyWithoutEmail || !questions.interactive) return values.email;
  return await questions.input('Enter email address or hit Enter to skip.\n', { flag: '--email', signal });
}

function bindingOf({ eabKid, eabHmacKey, eabHmacAlg }: Values, { meta }: Directory) {
  if ((eabKid === undefined) !== (eabHmacKey === undefined)) {
    throw cliError('argumentConflict', 'Both --eab-kid and --eab-hmac-key must be supplied for external account binding.');
  }
  if (eabKid === undefined || eabHmacKey === undefined) {
    if (!meta.externalAccountRequired) return undefined;
    throw cliError('argumentConflict', 'Server requires external account binding. Please use --eab-kid and --eab-hmac-key options.', {
      hint: 'the CA gives you both values in its customer area',
    });
  }
  return { kid: eabKid, hmacKey: new Secret(eabHmacKey), algorithm: eabHmacAlg as 'HS256' | 'HS384' | 'HS512' };
}

/** Who has an account somewhere has agreed to such terms before; a rehearsal need not ask again. */
function hasAnyAccount({ folders }: Context): boolean {
  return existsSync(path.join(folders.config, 'accounts'));
}
