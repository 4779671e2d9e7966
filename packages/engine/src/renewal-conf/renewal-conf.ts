// One `renewal/NAME.conf`: a typed view on its document, and the text that a rewrite produces.
import { isAbsolute } from 'node:path';

import { type ConfigObjDocument, createConfigObj, parseConfigObj } from '../configobj/document.ts';
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
 * A renewal configuration. Cheap to make: {@link params} and {@link renewBeforeExpirySeconds} are read when asked for,
 * and throw `confMalformed` then.
 */
export class RenewalConf {
  readonly document: ConfigObjDocument;
  /** The absolute paths of the four links. */
  readonly links: LineagePaths;
  #params: RenewalParams | undefined;

  /** Use {@link parseRenewalConf}. */
  constructor(document: ConfigObjDocument, links: LineagePaths) {
    this.document = document;
    this.links = links;
  }

  /** Version of the program that wrote the file; informational. */
  get version(): string | undefined {
    return this.document.root.getString('version');
  }

  /** Where the versions lie, if the file says so; it then beats the default `archive/NAME`. */
  get archiveDir(): string | undefined {
    return this.document.root.getString('archive_dir');
  }

  /** The directory URL of the CA; a stored ACME v1 URL reads as its successor. */
  get server(): string {
    return serverOf(this.document.root.section('renewalparams')?.getString('server'));
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
  const document = parseConfigObj(text);
  const path = (kind: LineageFileKind): string => {
    const value = document.root.getString(kind);
    if (value === undefined) throw new StoreError('confMalformed', `the key "${kind}" is missing`, { details: { key: kind } });
    if (!isAbsolute(value)) throw new StoreError('confMalformed', `"${kind}" is not an absolute path`, { details: { key: kind } });
    return value;
  };
  return new RenewalConf(document, { cert: path('cert'), privkey: path('privkey'), chain: path('chain'), fullchain: path('fullchain') });
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
