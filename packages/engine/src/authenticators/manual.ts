// Proof put in place by somebody else: a hook that the user wrote, or the person at the terminal.
import { type Clock, type Log, silentLog, systemClock } from '@certward/base';
import { type HookOutput, type HookResult, runHook } from '../hooks/run-hook.ts';
import type { Authenticator, CallOptions, ChallengeToAnswer, ChallengeType, Json } from '../ports.ts';
import { AuthenticatorError } from './authenticator-error.ts';
import { type HandleObject, handleObject, handleText, handleTexts } from './handle.ts';
import { type ManualContext, manualEnvironment } from './manual-environment.ts';
import { checkToken } from './token.ts';

/** One challenge as a person must know it. The words around it belong to the terminal. */
export interface ManualInstruction {
  readonly challenge: ChallengeToAnswer;
  /** http-01: where the CA will look. */
  readonly url?: string;
  /** 0 for the first challenge that is shown in this issuance. */
  readonly position: number;
  readonly remaining: number;
  /** An earlier challenge uses the same record name: its value must stay beside this one. */
  readonly sharesRecordName: boolean;
}

/** Shows instructions to a person. */
export interface ManualPrompt {
  /** Shows one instruction and resolves when the person says that it is in place; rejects with the signal's reason. */
  show(instruction: ManualInstruction, options: CallOptions): Promise<void>;
}

/** Options of {@link createManualAuthenticator}: either hooks or a prompt. */
export interface ManualOptions {
  /** Command that puts the proof in place. Without it, `prompt` is used. */
  readonly authHook?: string | undefined;
  /** Command that removes it again. */
  readonly cleanupHook?: string | undefined;
  readonly prompt?: ManualPrompt | undefined;
  /** The environment that hooks inherit. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Sees what hooks print, as it comes. */
  readonly onHookOutput?: ((label: string, output: HookOutput) => void) | undefined;
  /** Sees how each hook ended; a failed hook is only reported, the CA decides whether the proof is there. */
  readonly onHookEnd?: ((label: string, challenge: ChallengeToAnswer, result: HookResult) => void) | undefined;
  readonly log?: Log | undefined;
  readonly clock?: Clock | undefined;
}

/** The journal holds what the auth hook printed; no hook needs more than this to find its record again. */
const authOutputLimit = 16_384;

/** Order without a preference of the user, as Certbot's. */
const types: readonly ChallengeType[] = ['http-01', 'dns-01', 'dns-account-01'];

/**
 * Runs hooks, or asks a person, for each challenge in turn; the engine answers none before all are in place.
 *
 * A hook that fails is reported and does not stop the issuance. Throws `manualInputMissing` when there is neither hook
 * nor prompt. The clean-up hook also runs for challenges whose auth hook was interrupted, then without its output.
 */
export function createManualAuthenticator(options: ManualOptions): Authenticator {
  const { authHook, cleanupHook, prompt, env, log = silentLog, clock = systemClock } = options;

  const run = async (label: string, command: string, challenge: ChallengeToAnswer, context: ManualContext, signal?: AbortSignal) => {
    const result = await runHook(command, {
      env: manualEnvironment(env, challenge, context),
      captureLimit: authOutputLimit,
      signal,
      clock,
      onOutput: (output) => options.onHookOutput?.(label, output),
    });
    if (result.status !== 0) log.warn('hook failed', { hook: label, identifier: challenge.identifier.value, status: result.status, signal: result.signal });
    options.onHookEnd?.(label, challenge, result);
    return result;
  };

  return {
    name: 'manual',
    challengeTypes: (identifier, { wildcard }) =>
      types.filter((type) => (type === 'http-01' ? !wildcard : identifier.type === 'dns')),
    async plan(challenges) {
      if (authHook === undefined && prompt === undefined) {
        throw new AuthenticatorError('manualInputMissing', 'the manual authenticator has neither a hook nor a person to ask', {
          hint: 'give a command with --manual-auth-hook when running without a terminal',
        });
      }
      const allIdentifiers = challenges.map((challenge) => challenge.identifier.value);
      return challenges.map((challenge, position) => ({
        challenge: challengeAsJson(challenge),
        allIdentifiers,
        position,
        sharesRecordName: challenge.recordName !== '' && challenges.slice(0, position).some((one) => one.recordName === challenge.recordName),
      }));
    },
    async present(challenge, handle, { signal } = {}) {
      const planned = handleObject(handle);
      const context = contextOf(planned);
      if (authHook !== undefined) {
        const { stdout } = await run('--manual-auth-hook', authHook, challenge, context, signal);
        return { ...planned, authOutput: stdout.trim() };
      }
      await prompt?.show(instructionOf(challenge, planned, context), { signal });
      return handle;
    },
    // Hooks count on CERTBOT_REMAINING_CHALLENGES falling to 0 in both rounds.
    cleansUpAsPresented: true,
    async cleanUp(handle, { signal } = {}) {
      if (cleanupHook === undefined) return;
      const planned = handleObject(handle);
      const { authOutput } = planned;
      const context = { ...contextOf(planned), authOutput: typeof authOutput === 'string' ? authOutput : '' };
      await run('--manual-cleanup-hook', cleanupHook, challengeFromJson(planned), context, signal);
    },
    hint: (problemType) =>
      ['connection', 'unauthorized', 'incorrectResponse', 'dns'].includes(problemType)
        ? authHook === undefined
          ? 'make sure that the file or record was in place, as shown, before going on'
          : `make sure that the auth hook puts the proof where the CA looks: ${authHook}`
        : undefined,
  };
}

function contextOf(planned: HandleObject): ManualContext {
  const allIdentifiers = handleTexts(planned, 'allIdentifiers');
  return { allIdentifiers, remaining: Math.max(0, allIdentifiers.length - 1 - positionOf(planned)) };
}

function positionOf(planned: HandleObject): number {
  return typeof planned['position'] === 'number' ? planned['position'] : 0;
}

function instructionOf(challenge: ChallengeToAnswer, planned: HandleObject, context: ManualContext): ManualInstruction {
  const { identifier, token } = challenge;
  const host = identifier.type === 'ip' && identifier.value.includes(':') ? `[${identifier.value}]` : identifier.value;
  return {
    challenge,
    ...(challenge.type === 'http-01' ? { url: `http://${host}/.well-known/acme-challenge/${token}` } : {}),
    position: positionOf(planned),
    remaining: context.remaining,
    sharesRecordName: planned['sharesRecordName'] === true,
  };
}

/** The clean-up hook may run in another process, which knows the challenge from the handle only. */
function challengeAsJson(challenge: ChallengeToAnswer): { readonly [key: string]: Json } {
  const { identifier, wildcard, type, keyAuthorization, validation, recordName, accountUrl } = challenge;
  const token = checkToken(challenge.token);
  return { identifier: { ...identifier }, wildcard, type, token, keyAuthorization, validation, recordName, accountUrl };
}

function challengeFromJson(planned: HandleObject): ChallengeToAnswer {
  const stored = handleObject(planned['challenge'] ?? null);
  const identifier = handleObject(stored['identifier'] ?? null);
  return {
    identifier: { type: handleText(identifier, 'type') === 'ip' ? 'ip' : 'dns', value: handleText(identifier, 'value') },
    wildcard: stored['wildcard'] === true,
    type: types.find((type) => type === stored['type']) ?? 'dns-01',
    token: checkToken(handleText(stored, 'token')),
    keyAuthorization: handleText(stored, 'keyAuthorization'),
    validation: handleText(stored, 'validation'),
    recordName: handleText(stored, 'recordName'),
    accountUrl: handleText(stored, 'accountUrl'),
  };
}
