// Certificate management without any concrete plug-in. Grouped by folder; each group is one concept.

// ports
export type {
  Authenticator,
  CallOptions,
  CertificatePaths,
  ChallengeToAnswer,
  ChallengeType,
  DnsProvider,
  DnsRecordType,
  DnsRecordValue,
  Enhancement,
  FileChange,
  Installer,
  InstallerEdit,
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

// propagation and the dns authenticator
export { createDnsAuthenticator, type DnsAuthenticatorOptions } from './authenticators/dns.ts';
export { createDnsClient, type DnsClient, type DnsClientOptions } from './propagation/client.ts';
export { DnsError, type DnsErrorCode, PropagationTimeout, type ServerReport, type ServerState } from './propagation/errors.ts';
export { createDnsLookup, type Delegation, type DnsLookup } from './propagation/lookup.ts';
export type { DnsAnswer, DnsQuestion, DnsRecord, QueryType } from './propagation/message.ts';
export type { DnsLookupOptions } from './propagation/questioner.ts';
export { parseResolvConf, systemResolvers } from './propagation/resolvers.ts';
export { formatServerAddress, parseServerAddress, type ServerAddress } from './propagation/server-address.ts';
export type { Patience } from './propagation/server-check.ts';
export { exchangeTcp, exchangeUdp, type ExchangeOptions } from './propagation/transport.ts';
export { type ExpectedRecord, type PropagationOptions, type PropagationResult, waitForPropagation } from './propagation/wait.ts';
export type { NameServer, Zone } from './propagation/zone.ts';

// conformance of DNS providers
export { type ConformanceRunner, type DnsProviderUnderTest, testDnsProvider } from './conformance/dns-provider.ts';

// issuance
export { runIssuance } from './issuance/run-issuance.ts';
export type { DroppedIdentifier, IssuanceDeps, IssuanceRequest, IssuanceResult } from './issuance/request.ts';
export type { CaAccount, CaAuthorization, CaChallenge, CaOrder } from './issuance/ca-account.ts';
export { IssuanceError, type IssuanceErrorCode, ValidationError, type ValidationFailure } from './issuance/errors.ts';
export { type RecoverDeps, recoverJournal, type RecoverOutcome } from './issuance/recover-journal.ts';
export { createMemoryJournal } from './issuance/memory-journal.ts';
export { createFileJournal, type FileJournalOptions } from './issuance/file-journal.ts';
export { issueMany, type IssueManyOptions, type IssuanceOutcome } from './issuance/issue-many.ts';
export { type JournalUnderTest, testJournal } from './conformance/journal.ts';

// store: files, renewal configurations, lineages
export { type AtomicWriteOptions, type FileToWrite, writeFileAtomic, writeFilesAtomic } from './files/atomic.ts';
export { type Disk, systemDisk } from './files/disk.ts';
export { StoreError, type StoreErrorCode } from './files/errors.ts';
export { ensureFolder } from './files/folders.ts';
export { readTextFile, tryReadTextFile } from './files/read.ts';
export { ConfigObjDocument, createConfigObj, parseConfigObj } from './configobj/document.ts';
export { ConfigSection } from './configobj/section.ts';
export type { ConfigValue } from './configobj/value.ts';
export {
  chooseParams,
  type LineageFileKind,
  lineageFileKinds,
  type LineagePaths,
  type OptionsOfRun,
  type ParamsToStore,
  parseInterval,
  parseRenewalConf,
  type PluginOptionValue,
  type RenewalConf,
  type RenewalParams,
  type StoredOption,
  storedOptions,
  type WritableOption,
} from './renewal-conf/index.ts';
export { type Lineage } from './lineage/lineage.ts';
export { type ListedLineage } from './lineage/list.ts';
export { checkLineageName, defaultLineageName } from './lineage/names.ts';
export { type DeletionResult } from './lineage/delete.ts';
export { type LineageStore, type LineageStoreOptions, type NewVersion, openLineageStore } from './lineage/store.ts';

// store: accounts
export { accountIdOf } from './accounts/account-folder.ts';
export { type ReservedKey, type StoredAccount } from './accounts/account-files.ts';
export { type RolloverOptions, rollOverStoredAccount } from './accounts/rollover.ts';
export { settleAccounts, type SettleOptions } from './accounts/settle.ts';
export { pointLineagesAt } from './accounts/lineages.ts';
export { type AccountStore, type AccountStoreOptions, openAccountStore } from './accounts/store.ts';

// renewal: decision, renewal information, backoff
export {
  type AriChoice,
  type AriUpdate,
  chooseInstant,
  isAriCheckDue,
  nextAriCheck,
  postponeAriCheck,
  type RenewalInfoAnswer,
  type RenewalWindow,
  updateAriChoice,
} from './renewal/ari-choice.ts';
export { addFailure, backoffMs, type RenewalFailures } from './renewal/backoff.ts';
export {
  decideRenewal,
  type RenewalDecision,
  type RenewalInput,
  type RenewalPolicy,
  type RenewalReason,
  type Validity,
} from './renewal/decision.ts';
export { readRenewalState, type RenewalState, writeRenewalState } from './renewal-conf/renewal-info.ts';

// store: locks
export { acquireCertbotLocks, type CertbotLocks, type LockOptions } from './locks/certbot-locks.ts';
