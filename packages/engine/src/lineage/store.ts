// The store of lineages in Certbot's layout: `renewal/NAME.conf`, `live/NAME/`, `archive/NAME/`.
//
// Locking is the caller's: whatever changes something runs under the lock of the configuration folder (see
// `acquireCertbotLocks`). Reading needs none.
import { type Log, silentLog } from '@certward/base';

import { type Disk, systemDisk } from '../files/disk.ts';
import { removeTemporaryFiles } from '../files/folders.ts';
import { readTextFile } from '../files/read.ts';
import { type ParamsToStore, type RenewalConf, storeRenewalParams } from '../renewal-conf/index.ts';
import { addVersion } from './add-version.ts';
import { type StoreContext, writeConf } from './context.ts';
import { createLineage, isBeingCreated } from './create.ts';
import { deleteLineage, type DeletionResult, finishDeletion } from './delete.ts';
import { deletingEnding, draftEnding, interruptedNames, removeIfPresent, settleCreation, unwrittenDraftEnding } from './interrupted.ts';
import { confFromText, type Lineage, readConf, readLineage } from './lineage.ts';
import { lineageNames, type ListedLineage, mapLineages } from './list.ts';
import { updateSymlinks } from './update-symlinks.ts';
import { versionTexts } from './material.ts';
import { lineagePlace, storeFolders } from './names.ts';
import { renameLineage } from './rename.ts';
import { repairLineage } from './repair.ts';

/** How {@link openLineageStore} opens. Nothing is read or made by opening. */
export interface LineageStoreOptions {
  /** Certbot's `--config-dir`, absolute. */
  readonly configDir: string;
  /** Written into confs as `version`. Digits and dots only; default `0.1.0`. */
  readonly programVersion?: string;
  readonly log?: Log;
  /** For tests: the door through which everything is changed. */
  readonly disk?: Disk;
}

/** A certificate to store. */
export interface NewVersion {
  /** Leaf first, then its issuers, as the CA served it. */
  readonly fullchainPem: string;
  /** PKCS#8, PKCS#1 or SEC1. */
  readonly privateKeyPem: string;
}

/** Reads and changes lineages. Errors are `StoreError`; the codes are named at each method. */
export interface LineageStore {
  readonly configDir: string;
  /** Names in Certbot's order. Reads one folder. */
  names(): string[];
  /** Facts of every lineage, broken ones with their problem. Reads only; about 20 µs per lineage. */
  list(): ListedLineage[];
  /** What `view` makes of each; cheaper than a list where it asks for the stored options. */
  map<T>(view: (lineage: ListedLineage) => T): T[];
  /**
   * One lineage, repaired first unless `repair: false` (then nothing is written; use that without the lock).
   * Throws `lineageNotFound`, `lineageBroken`, `lineageNameInvalid`, `notReadable`.
   */
  load(name: string, options?: { readonly repair?: boolean }): Lineage;
  /**
   * Creates a lineage and returns it; its name is `name`, or `name-0001` … where that is taken. `params` goes into
   * `[renewalparams]`. Storing the same certificate under the same name again returns the lineage that is there.
   * Rejects with `lineageNameInvalid`, `archiveExists`, `liveExists`, `materialMismatch`, `diskFull`, `notWritable`;
   * then nothing is left behind.
   */
  create(request: NewVersion & { readonly name: string; readonly params: ParamsToStore }): Promise<Lineage>;
  /**
   * Adds a version, makes it live and prunes old ones. Without `privateKeyPem` the current key is kept (copied).
   * With `params` the stored options are replaced by them. Storing the live certificate again only refreshes the conf.
   * Rejects as {@link LineageStore.create}; the live version then is the one before.
   */
  addVersion(
    lineage: Lineage,
    request: { readonly fullchainPem: string; readonly privateKeyPem?: string; readonly params?: ParamsToStore },
  ): Promise<Lineage>;
  /** Replaces the stored options. */
  setParams(name: string, params: ParamsToStore): Promise<RenewalConf>;
  /**
   * Gives a lineage another name: conf, links and versions move, and nothing is left under the old one.
   * Rejects with `lineageNotFound`, `lineageNameInvalid`, `liveExists`, `notWritable`.
   */
  rename(lineage: Lineage, to: string): Promise<Lineage>;
  /** Edits the conf's document and writes it if that changed anything. */
  updateConf(name: string, edit: (conf: RenewalConf) => void): Promise<RenewalConf>;
  /** Removes a lineage with all its files. Rejects with `lineageNotFound`, `notWritable`. */
  delete(name: string): Promise<DeletionResult>;
  /**
   * Points the links of every lineage at the newest complete version in its `archive_dir`, by relative paths computed
   * anew: for people who moved `live` or `archive`. Returns the names whose conf or archive could not be used.
   */
  updateSymlinks(): Promise<readonly string[]>;
  /** Completes or takes back creations, and completes deletions, that a killed process left. */
  settleInterrupted(): Promise<void>;
}

/** Opens the store below a configuration folder. */
export function openLineageStore(options: LineageStoreOptions): LineageStore {
  const { configDir, programVersion = '0.1.0', log = silentLog, disk = systemDisk } = options;
  const context: StoreContext = { folders: storeFolders(configDir), programVersion, log, disk };
  const load = (name: string, { repair = true }: { readonly repair?: boolean } = {}): Lineage => {
    if (repair) repairLineage(context, name);
    return readLineage(context.folders, name);
  };
  // Once per store: what others left is settled then, and looking through thousands of files for each certificate is not.
  let settled: Promise<void> | undefined;
  const settleOnce = () =>
    (settled ??= settleInterrupted(context).catch((error: unknown) => {
      settled = undefined;
      throw error;
    }));
  return {
    configDir,
    names: () => lineageNames(context.folders),
    list: () => mapLineages(context.folders, (one) => one),
    map: (view) => mapLineages(context.folders, view),
    load,
    async create({ name, params, ...version }) {
      const texts = versionTexts(version);
      await settleOnce();
      return load(await createLineage(context, { name, texts, params }));
    },
    async addVersion(lineage, { fullchainPem, privateKeyPem = readTextFile(lineage.links.privkey), params }) {
      const texts = versionTexts({ fullchainPem, privateKeyPem });
      await addVersion(context, { lineage: load(lineage.name), texts, params });
      return load(lineage.name, { repair: false });
    },
    setParams: (name, params) => updateConf(context, { name, edit: ({ document }) => storeRenewalParams(document.root.addSection('renewalparams'), params) }),
    async rename(lineage, to) {
      await renameLineage(context, { from: load(lineage.name), to });
      return load(to);
    },
    updateConf: (name, edit) => updateConf(context, { name, edit }),
    delete: (name) => deleteLineage(context, name),
    updateSymlinks: () => updateSymlinks(context),
    settleInterrupted: () => settleInterrupted(context),
  };
}

async function settleInterrupted(context: StoreContext): Promise<void> {
  const { live, archive, renewal } = context.folders;
  for (const folder of [live, archive, renewal]) removeTemporaryFiles(folder, context);
  for (const name of interruptedNames(context, unwrittenDraftEnding)) {
    const { confPath } = lineagePlace(context.folders, name);
    if (!isBeingCreated(confPath + draftEnding)) removeIfPresent(context, confPath + unwrittenDraftEnding);
  }
  for (const name of interruptedNames(context, draftEnding)) {
    if (!isBeingCreated(lineagePlace(context.folders, name).confPath + draftEnding)) settleCreation(context, name);
  }
  for (const name of interruptedNames(context, deletingEnding)) await finishDeletion(context, name);
}

async function updateConf(context: StoreContext, { name, edit }: { name: string; edit: (conf: RenewalConf) => void }): Promise<RenewalConf> {
  const { confPath } = lineagePlace(context.folders, name);
  const conf = readConf(confPath, name);
  edit(conf);
  if (!conf.document.edited) return conf;
  const text = conf.document.toString();
  // Reading it back first: an edit must never turn a readable conf into an unreadable one.
  const edited = confFromText(text, confPath);
  await writeConf(context, { confPath, text });
  return edited;
}
