// One `renewal/NAME.conf`: a typed view on its document, and the text that a rewrite produces.
import { isAbsolute } from 'node:path';

import { type ConfigObjDocument, createConfigObj, parseConfigObj } from '../configobj/document.ts';
import type { ConfigSection } from '../configobj/section.ts';
import { StoreError } from '../files/errors.ts';
import { parseInterval } from './interval.ts';
import { type ParamsToStore, parseRenewalParams, type RenewalParams, serverOf, storeRenewalParams } from './params.ts';

/** The four files of a lineage, in the order in which Certbot names them. */
export const lineageFileKinds = ['cert', 'privkey', 'chain', 'fullchain'] as const;

/** One of the four files. */
export type LineageFileKind = (typeof lineageFileKinds)[number];

/** A path for each of the four files. */
export type LineagePaths = Readonly<Record<LineageFileKind, string>>;

/** What a rewrite puts at the top of the file. */
export interface ConfToWrite {
  /** Version of the writing program: digits and dots only, or Certbot's comparison fails and the lineage with it. */
  readonly version: string;
  readonly archiveDir: string;
  readonly links: LineagePaths;
  readonly params: ParamsToStore;
}

/**
 * A renewal configuration. Listings {@link RenewalConf.forget} the parsed document of each, because thousands of them kept
 * in memory cost more than parsing one again.
 */
export class RenewalConf {
  /** The absolute paths of the four links. */
  readonly links: LineagePaths;
  /** Version of the program that wrote the file; informational. */
  readonly version: string | undefined;
  /** Where the versions lie, if the file says so; it then beats the default `archive/NAME`. */
  readonly archiveDir: string | undefined;
  /** The directory URL of the CA; a stored ACME v1 URL reads as its successor. */
  readonly server: string;
  readonly #text: string;
  #document: ConfigObjDocument | undefined;
  #params: RenewalParams | undefined;

  /** Use {@link parseRenewalConf}. */
  constructor(text: string) {
    this.#document = parseConfigObj(text);
    const { root } = this.#document;
    this.#text = text;
    this.links = { cert: linkPath(root, 'cert'), privkey: linkPath(root, 'privkey'), chain: linkPath(root, 'chain'), fullchain: linkPath(root, 'fullchain') };
    this.version = root.getString('version');
    this.archiveDir = root.getString('archive_dir');
    this.server = serverOf(root.section('renewalparams')?.getString('server'));
  }

  /** Lets go of what can be parsed again, edits included. */
  forget(): void {
    this.#document = undefined;
    this.#params = undefined;
  }

  /** The whole file, for reading other keys and for editing. The same document each time. */
  get document(): ConfigObjDocument {
    return (this.#document ??= parseConfigObj(this.#text));
  }

  /** The stored options. Throws `confMalformed` where the section is missing or a value has the wrong type. */
  get params(): RenewalParams {
    if (this.#params !== undefined) return this.#params;
    const section = this.document.root.section('renewalparams');
    if (section === undefined) throw new StoreError('confMalformed', 'the section [renewalparams] is missing');
    return (this.#params = parseRenewalParams(section));
  }

  /** `renew_before_expiry` in seconds. Throws `confMalformed` where it is not an interval. */
  get renewBeforeExpirySeconds(): number | undefined {
    const text = this.document.root.getString('renew_before_expiry');
    return text === undefined ? undefined : parseInterval(text);
  }
}

/** Parses the text of a renewal configuration. Throws `confMalformed`, also where one of the four paths is missing or relative. */
export function parseRenewalConf(text: string): RenewalConf {
  return new RenewalConf(text);
}

function linkPath(root: ConfigSection, kind: LineageFileKind): string {
  const value = root.getString(kind);
  if (value === undefined) throw new StoreError('confMalformed', `the key "${kind}" is missing`, { details: { key: kind } });
  if (!isAbsolute(value)) throw new StoreError('confMalformed', `"${kind}" is not an absolute path`, { details: { key: kind } });
  return value;
}

/**
 * The text of a new or rewritten configuration. `current` is the text on disk, if any: comments, other top-level keys
 * and other sections of it are kept, keys of `[renewalparams]` that are not in `params` are dropped.
 */
export function renderRenewalConf(current: string | undefined, conf: ConfToWrite): string {
  if (!/^\d+(?:\.\d+)*$/.test(conf.version)) {
    throw new StoreError('confUnwritable', `"${conf.version}" is not a version of digits and dots`);
  }
  const document = current === undefined ? createConfigObj() : parseConfigObj(current);
  const { root } = document;
  root.set('version', conf.version);
  root.set('archive_dir', conf.archiveDir);
  for (const kind of lineageFileKinds) root.set(kind, conf.links[kind]);
  storeRenewalParams(root.addSection('renewalparams'), conf.params);
  return document.toString();
}
