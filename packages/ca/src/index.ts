// The embedded ACME certificate authority. `startCa` listens; `createCa` is the same authority without sockets.
export { type RunningCa, startCa, type StartCaOptions } from './start-ca.ts';
export { type Ca, type CaOptions, type CaSettings, createCa } from './create-ca.ts';
export { CaError, type CaErrorCode } from './errors.ts';
export { type CaMode, type UnsafeOption } from './guardrails.ts';

// Parts of createCa
export { Authority, type CrlRequest, type LeafRequest } from './authority/authority.ts';
export { type CredentialFolder, createMemoryCredentials, openCredentialFolder } from './authority/credential-folder.ts';
export type { HierarchyOptions } from './authority/hierarchy.ts';
export type { CaRequest, CaResponse } from './handler/exchange.ts';
export type { RouteName } from './handler/routes.ts';
export type { HostileOptions } from './hostile.ts';
export { createNamePolicy, type IdentifierPolicy, type NameLists } from './identifiers.ts';
export type { ChallengeType, RenewalWindow } from './model.ts';
export { Problem, problemStatus, type ProblemType } from './problem.ts';
export { type Profile, type ProfileOptions } from './profiles.ts';
export type { LimitedAction, RateLimit, RateLimitRefusal } from './rate-limit.ts';
export { createMemoryStore } from './store/memory.ts';
export { openSqliteStore } from './store/sqlite.ts';
export type { Store } from './store/store.ts';
export { createNetworkValidator, type NetworkValidatorOptions } from './validation/network-validator.ts';
export type { ValidationRequest, Validator } from './validation/validator.ts';
