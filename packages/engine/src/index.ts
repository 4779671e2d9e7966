// Certificate management without any concrete plug-in. Grouped by folder; each group is one concept.

// ports
export type {
  Authenticator,
  CallOptions,
  ChallengeToAnswer,
  ChallengeType,
  DnsProvider,
  DnsRecordType,
  DnsRecordValue,
  IssuanceEvent,
  IssuanceListener,
  IssuanceStep,
  Journal,
  JournalEntry,
  JournalPresentation,
  Json,
  PresentationHandle,
} from './ports.ts';

// authenticators and hooks
export { AuthenticatorError, type AuthenticatorErrorCode } from './authenticators/authenticator-error.ts';
export { createStandaloneAuthenticator, type ListeningAuthenticator, type StandaloneOptions } from './authenticators/standalone.ts';
export { createWebrootAuthenticator, type WebrootOptions } from './authenticators/webroot.ts';
export {
  createManualAuthenticator,
  type ManualInstruction,
  type ManualOptions,
  type ManualPrompt,
} from './authenticators/manual.ts';
export { createTlsAlpnAuthenticator, type TlsAlpnOptions } from './authenticators/tls-alpn.ts';
export { HookError, type HookErrorCode } from './hooks/hook-error.ts';
export { type HookOutput, type HookResult, runHook, type RunHookOptions } from './hooks/run-hook.ts';
export { validateHookCommand, type ValidateHookOptions } from './hooks/validate-hook.ts';
