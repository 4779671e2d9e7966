// The newAccount resource (RFC 8555 §7.3): registering a key, and finding the account that a key has.
import type { KeyObject } from 'node:crypto';

import { parseAccount } from './account-state.ts';
import { isProblem, ReplyLostError } from './errors.ts';
import { type ExternalAccountBinding, signExternalAccountBinding } from './external-account-binding.ts';
import { invalidResponse } from './fields.ts';
import type { Reply } from './reply.ts';
import type { Session } from './session.ts';
import { sendSigned } from './signed-request.ts';
import type { AccountState, CallOptions } from './types.ts';

/** What newAccount answered. */
export interface FoundAccount {
  readonly url: string;
  readonly state: AccountState;
  /** True when it was registered by this very request. */
  readonly isNew: boolean;
}

/** What to register. */
export interface NewAccount {
  readonly key: KeyObject;
  /** `mailto:` URLs. Several CAs ignore or forbid them. */
  readonly contact?: readonly string[] | undefined;
  /** Say true only when the operator agreed to `meta.termsOfService`. */
  readonly termsOfServiceAgreed?: boolean | undefined;
  readonly externalAccountBinding?: ExternalAccountBinding | undefined;
}

/**
 * Registers the key, or finds its account when it is registered already (§7.3: 200 instead of 201).
 * A lost answer is settled by looking the key up before asking again, since a binding may be good for one use only.
 */
export async function registerAccount(session: Session, account: NewAccount, options: CallOptions): Promise<FoundAccount> {
  try {
    return await register(session, account, options);
  } catch (error) {
    if (!(error instanceof ReplyLostError)) throw error;
    return (await findAccount(session, account.key, options)) ?? (await register(session, account, options));
  }
}

async function register(session: Session, account: NewAccount, options: CallOptions): Promise<FoundAccount> {
  const { key } = account;
  const post = async (url: string) => {
    const request = { url, signer: { key }, payload: payloadOf(account, url), what: 'the registration', once: true };
    return found(session, await sendSigned(session, request, options));
  };
  return await session.withResource('newAccount', post, options);
}

function payloadOf({ key, contact, termsOfServiceAgreed, externalAccountBinding }: NewAccount, newAccountUrl: string): object {
  return {
    ...(termsOfServiceAgreed === undefined ? {} : { termsOfServiceAgreed }),
    ...(contact === undefined || contact.length === 0 ? {} : { contact }),
    ...(externalAccountBinding === undefined ? {} : { externalAccountBinding: signExternalAccountBinding(externalAccountBinding, { key, newAccountUrl }) }),
  };
}

/** The account of `key`, or undefined when the CA knows none (§7.3.1). */
export async function findAccount(session: Session, key: KeyObject, options: CallOptions): Promise<FoundAccount | undefined> {
  const post = async (url: string) => {
    const request = { url, signer: { key }, payload: { onlyReturnExisting: true }, what: 'the account' };
    return found(session, await sendSigned(session, request, options));
  };
  try {
    return await session.withResource('newAccount', post, options);
  } catch (error) {
    if (isProblem(error, 'accountDoesNotExist')) return undefined;
    throw error;
  }
}

function found(session: Session, reply: Reply): FoundAccount {
  if (reply.location === undefined) throw invalidResponse('an account without a usable Location');
  return { url: reply.location, state: parseAccount(reply.json, session.policy), isNew: reply.status === 201 };
}
