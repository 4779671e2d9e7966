// The ports of the engine: what it asks of authenticators, DNS providers, journals and listeners. No implementation here.
//
// Terms. *Present* puts the proof of control in place, *clean up* removes it, *respond* tells the CA to validate.
// A *handle* is the JSON description of what a presentation creates; it is journalled before the thing exists, so that
// a process killed at any moment leaves nothing that the next run cannot find and remove.
import type { Identifier } from '@certward/pki';

/** Challenge types that the engine knows how to answer (RFC 8555 §8, RFC 8737, drafts dns-account-01 and dns-persist-01). */
export type ChallengeType = 'http-01' | 'dns-01' | 'tls-alpn-01' | 'dns-account-01' | 'dns-persist-01';

/** Options of everything that waits or does I/O. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Plain JSON, because handles outlive the process. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** One challenge to be answered. Everything in it was checked: the token is base64url of bounded length. */
export interface ChallengeToAnswer {
  readonly identifier: Identifier;
  /** The name as ordered was a wildcard; `identifier.value` is then the base name (RFC 8555 §7.1.3). */
  readonly wildcard: boolean;
  readonly type: ChallengeType;
  readonly token: string;
  readonly keyAuthorization: string;
  /** What is published: the file body for http-01, the TXT value for dns types, the digest's input for tls-alpn-01. */
  readonly validation: string;
  /** Where DNS types publish it: absolute, without trailing dot, before any delegation is followed. Otherwise empty. */
  readonly recordName: string;
  readonly accountUrl: string;
}

/** What an authenticator will create, as journalled before it exists. */
export type PresentationHandle = Json;

/** Proves control over identifiers. Implementations: standalone, webroot, manual, tls-alpn, dns. */
export interface Authenticator {
  /** Certbot's name of it: `standalone`, `webroot`, `manual`, `dns-rfc2136`, … */
  readonly name: string;
  /** The challenge types it can answer for `identifier`, the preferred one first; empty when it cannot. */
  challengeTypes(identifier: Identifier, options: { readonly wildcard: boolean }): readonly ChallengeType[];
  /** Says what `present` will create. Looks things up, changes nothing. Challenges of one issuance come in one call. */
  plan(challenges: readonly ChallengeToAnswer[], options?: CallOptions): Promise<readonly PresentationHandle[]>;
  /** Creates it. Must be idempotent: a resumed run presents the same handle again. */
  present(challenge: ChallengeToAnswer, handle: PresentationHandle, options?: CallOptions): Promise<PresentationHandle>;
  /** Resolves once the CA can see every presentation (listeners accept, all name servers answer). */
  waitUntilReady?(
    presented: readonly { readonly challenge: ChallengeToAnswer; readonly handle: PresentationHandle }[],
    options: CallOptions & { readonly onProgress?: (message: string) => void },
  ): Promise<void>;
  /** Resolves as soon as the CA has probably looked (a request came in); lets the engine poll at the right moment. Advisory. */
  whenValidated?(challenge: ChallengeToAnswer, options?: CallOptions): Promise<void>;
  /** Clean-up goes through presentations in the order in which they were made. Default false: the newest first. */
  readonly cleansUpAsPresented?: boolean;
  /** Removes what the handle names. Idempotent, also in another process after a crash. Never touches foreign values. */
  cleanUp(handle: PresentationHandle, options?: CallOptions): Promise<void>;
  /** A sentence for the person whose challenge failed with `problemType` (without the urn prefix). */
  hint?(problemType: string, identifiers: readonly Identifier[]): string | undefined;
  /** Frees listeners and the like at the end of a run. */
  close?(): Promise<void>;
}

/** Record types that providers can edit. */
export type DnsRecordType = 'TXT' | 'A' | 'AAAA' | 'CNAME' | 'MX' | 'CAA' | 'TLSA';

/** One value of a record set. TXT values are sets: adding one never disturbs the others. */
export interface DnsRecordValue {
  /** The zone, without trailing dot, as `findZone` of the engine determined it. */
  readonly zone: string;
  /** Absolute owner name, without trailing dot; equal to the zone or below it. */
  readonly fqdn: string;
  readonly type: DnsRecordType;
  readonly value: string;
  readonly ttlSeconds: number;
}

/** A vendor or protocol that edits DNS records. The engine finds the zone and follows delegation; providers only edit. */
export interface DnsProvider {
  readonly name: string;
  /** How long the engine waits for all authoritative servers at most. */
  readonly propagationTimeoutSeconds: number;
  /** The zones that the credentials reach; `undefined` when the protocol cannot list them. */
  listZones(options?: CallOptions): Promise<readonly string[] | undefined>;
  /** The values of one record set; `undefined` when the protocol cannot read. */
  readRecordSet(
    set: { readonly zone: string; readonly fqdn: string; readonly type: DnsRecordType },
    options?: CallOptions,
  ): Promise<readonly string[] | undefined>;
  /** Adds one value, keeping all others. Idempotent. Returns what `removeValue` needs, as plain JSON. */
  addValue(record: DnsRecordValue, options?: CallOptions): Promise<Json>;
  /** Removes just that value. Idempotent: an absent value is success. `handle` is what `addValue` returned, or undefined after a crash. */
  removeValue(record: DnsRecordValue, handle: Json | undefined, options?: CallOptions): Promise<void>;
  /** A sentence for a person whose credentials or zone this provider refused. */
  hint?(error: unknown): string | undefined;
}

/** A step of an issuance. The list is the order in which they run. */
export type IssuanceStep =
  | 'account'
  | 'order'
  | 'present'
  | 'propagate'
  | 'respond'
  | 'ready'
  | 'finalize'
  | 'download'
  | 'store'
  | 'cleanUp';

/** Something that happened during an issuance, for progress lines, logs and the server's live view. */
export type IssuanceEvent =
  | { readonly type: 'step.started'; readonly step: IssuanceStep; readonly message: string }
  | { readonly type: 'order.created'; readonly orderUrl: string; readonly resumed: boolean }
  | { readonly type: 'challenge.presented'; readonly identifier: Identifier; readonly challengeType: ChallengeType; readonly authenticator: string }
  | { readonly type: 'propagation.progress'; readonly message: string }
  | { readonly type: 'challenge.responded'; readonly identifier: Identifier }
  | { readonly type: 'authorization.valid'; readonly identifier: Identifier; readonly reused: boolean }
  | { readonly type: 'authorization.failed'; readonly identifier: Identifier; readonly problemType: string; readonly detail: string }
  | { readonly type: 'certificate.obtained'; readonly notAfter: Date; readonly serial: string }
  | { readonly type: 'cleanup.failed'; readonly message: string };

/** Receives events; must not throw. */
export type IssuanceListener = (event: IssuanceEvent) => void;

/** The persisted state of one issuance attempt series. Written before each side effect; plain JSON without secrets. */
export interface JournalEntry {
  /** Stable id of the issuance: one lineage (or one request without lineage) at one CA has at most one open entry. */
  readonly id: string;
  readonly directoryUrl: string;
  readonly accountUrl: string;
  readonly identifiers: readonly Identifier[];
  readonly profile?: string;
  readonly replaces?: string;
  readonly startedAt: string;
  /** `creating` is written before newOrder goes out: the reply may be lost, then the CA's order list is searched. */
  readonly order: { readonly state: 'none' } | { readonly state: 'creating' } | { readonly state: 'created'; readonly url: string };
  /** Everything that was or may have been presented and not yet cleaned up. */
  readonly presentations: readonly JournalPresentation[];
  /** Name under which the journal keeps the private key of this issuance (see `Journal.saveKey`), once generated. */
  readonly keyId?: string;
  /** Finalize was about to be sent or has been sent. */
  readonly finalizing: boolean;
  /** The chain as downloaded, so that a crash before storing needs no second download. */
  readonly certificatePem?: string;
}

/** One presentation in the journal. */
export interface JournalPresentation {
  readonly authenticator: string;
  readonly challenge: ChallengeToAnswer;
  readonly handle: PresentationHandle;
}

/** Where issuances are journalled: files for the command line, the database for the server. Writes are durable when they resolve. */
export interface Journal {
  load(id: string): Promise<JournalEntry | undefined>;
  save(entry: JournalEntry): Promise<void>;
  /** Removes the entry and its key. */
  remove(id: string): Promise<void>;
  list(): Promise<readonly JournalEntry[]>;
  /** Keeps a private key (PKCS#8 PEM) readable by the owner only, until the entry is removed. */
  saveKey(id: string, keyId: string, privateKeyPem: string): Promise<void>;
  loadKey(id: string, keyId: string): Promise<string | undefined>;
}

/** The files of a lineage that a web server is pointed at; absolute, and stable across renewals. */
export interface CertificatePaths {
  readonly cert: string;
  readonly chain: string;
  readonly fullchain: string;
  readonly privkey: string;
}

/** Optional hardening (Certbot's names): http→https redirect, HSTS, upgrade-insecure-requests, OCSP stapling. */
export type Enhancement = 'redirect' | 'hsts' | 'uir' | 'staple';

/** One file as it is and as an edit would leave it. `undefined` means that it does not exist. */
export interface FileChange {
  readonly path: string;
  readonly before: Uint8Array | undefined;
  readonly after: Uint8Array | undefined;
}

/** What an edit did, for people: one line each, such as where a certificate was deployed. */
export interface InstallerEdit {
  readonly messages: readonly string[];
  /** Files that the edit concerned, the changed one first. */
  readonly files: readonly string[];
}

/**
 * Puts certificates into a web server. Edits are gathered in memory; `save` writes them under a checkpoint, tests the
 * configuration with the server's own test, and takes everything back byte for byte when the test fails.
 */
export interface Installer {
  /** Certbot's name of it: `nginx`, `apache`, `haproxy`. */
  readonly name: string;
  readonly enhancements: readonly Enhancement[];
  /**
   * Finds the server, reads its version and configuration, recovers what a killed run left open. Throws when the server is
   * missing, too old or misconfigured (with its own message), before anything is changed.
   */
  prepare(options?: CallOptions): Promise<void>;
  /** Names that the configuration serves and that a CA could certify, for questions. */
  names(): readonly string[];
  /** Makes the server use the certificate for `name`; every matching virtual host. Throws when none can be found. */
  deploy(name: string, paths: CertificatePaths, options?: CallOptions): Promise<InstallerEdit>;
  /** Switches an enhancement on for `name`. Being on already is no error: the edit then is empty. */
  enhance(name: string, enhancement: Enhancement, options?: CallOptions & { readonly paths?: CertificatePaths }): Promise<InstallerEdit>;
  /** What `save` would change: for `--show-changes`. */
  pendingChanges(): readonly FileChange[];
  /** Writes the gathered edits as one checkpoint called `title`, tests, and restores on failure. */
  save(title: string, options?: CallOptions): Promise<void>;
  /** Runs the server's own test of its configuration. Throws with what it printed. */
  configTest(options?: CallOptions): Promise<void>;
  /** Makes the running server use the files on disk, without dropping connections where the server can. */
  restart(options?: CallOptions): Promise<void>;
  /** Takes back the newest `count` checkpoints and reloads. Answers how many there were to take back. */
  rollback(count: number, options?: CallOptions): Promise<{ readonly rolledBack: number }>;
  /** An authenticator that answers http-01 through temporary edits of this server. */
  createAuthenticator?(): Authenticator;
}
