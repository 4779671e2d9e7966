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
