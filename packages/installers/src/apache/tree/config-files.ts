// The configuration files of a server as they will be: what lies on the disk, with gathered edits, new files and new links
// on top. Files are known by their real path, so that a site and the link that enables it are one.
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { describeError } from '@certward/base';
import type { FileChange } from '@certward/engine';
import { bytesOfText, textOfBytes } from '../parser/bytes.ts';
import type { DocumentNode } from '../parser/nodes.ts';
import { parseConfig } from '../parser/parse.ts';
import { printConfig } from '../parser/print.ts';

/** One file: what it was when it was read, and the document that edits change. */
export interface ConfigFile {
  readonly path: string;
  /** Undefined for a file that is new. */
  readonly before: Uint8Array | undefined;
  /** For a new file: the one whose owner and mode it gets, because it repeats its content. */
  readonly like: string | undefined;
  readonly document: DocumentNode;
}

/** A symbolic link that will be made. */
export interface NewLink {
  readonly path: string;
  readonly target: string;
  /** a2enmod makes it, not we. */
  readonly madeByProgram: boolean;
}

/** A file that could not be read as configuration. */
export interface SkippedFile {
  readonly path: string;
  readonly reason: string;
}

/** See the head of this file. One instance lives from one save to the next. */
export class ConfigFiles {
  readonly #files = new Map<string, ConfigFile | undefined>();
  readonly #realPaths = new Map<string, string>();
  readonly #names = new Map<string, readonly string[]>();
  readonly #folders = new Map<string, boolean>();
  readonly #links = new Map<string, NewLink>();
  readonly #skipped: SkippedFile[] = [];

  /** The file at `path`; undefined where there is none or it cannot be parsed (see `skipped`). */
  open(path: string): ConfigFile | undefined {
    const real = this.realPath(path);
    if (!this.#files.has(real)) this.#files.set(real, this.#read(real));
    return this.#files.get(real);
  }

  /** A new file with the given text, or the one that is there already. Throws `configMalformed` where that cannot be parsed. */
  create(path: string, { text = '', like }: { readonly text?: string; readonly like?: string } = {}): ConfigFile {
    const real = this.realPath(path);
    const existing = this.open(real);
    if (existing !== undefined) return existing;
    const present = statSync(real, { throwIfNoEntry: false }) === undefined ? undefined : readFileSync(real);
    const document = parseConfig(present === undefined ? text : textOfBytes(present), real);
    const file: ConfigFile = { path: real, before: present, like, document };
    this.#files.set(real, file);
    return file;
  }

  /** Makes `path` read as `bytes`, which somebody else is going to write there. */
  provide(path: string, bytes: Uint8Array): void {
    const real = this.realPath(path);
    this.#files.set(real, { path: real, before: bytes, like: undefined, document: parseConfig(textOfBytes(bytes), real) });
  }

  /** Announces a link, unless something has that name already. */
  link(link: NewLink): void {
    if (this.isFile(link.path)) return;
    this.#links.set(link.path, link);
    this.#realPaths.delete(link.path);
  }

  get links(): readonly NewLink[] {
    return [...this.#links.values()];
  }

  get skipped(): readonly SkippedFile[] {
    return this.#skipped;
  }

  isFile(path: string): boolean {
    const real = this.realPath(path);
    return this.#files.get(real) !== undefined || statSync(real, { throwIfNoEntry: false })?.isFile() === true;
  }

  isFolder(path: string): boolean {
    const known = this.#folders.get(path) ?? statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
    this.#folders.set(path, known);
    return known;
  }

  /** Names in a folder, those that are about to be made included, in httpd's order. */
  list(folder: string): string[] {
    const onDisk = this.#names.get(folder) ?? namesIn(folder);
    this.#names.set(folder, onDisk);
    const names = new Set(onDisk);
    for (const path of [...this.#links.keys(), ...this.#newPaths()]) if (dirname(path) === folder) names.add(basename(path));
    return [...names].sort();
  }

  /** The path with every link followed, also those that are about to be made. */
  realPath(path: string): string {
    const known = this.#realPaths.get(path);
    if (known !== undefined) return known;
    const target = this.#links.get(path)?.target;
    const real = target === undefined ? realPathOf(path) : this.realPath(resolve(dirname(path), target));
    this.#realPaths.set(path, real);
    return real;
  }

  /** Files whose bytes the edits change. */
  changes(): FileChange[] {
    const changes: FileChange[] = [];
    for (const file of this.#files.values()) {
      if (file === undefined) continue;
      const after = bytesOfText(printConfig(file.document));
      if (file.before === undefined || !Buffer.from(file.before).equals(after)) changes.push({ path: file.path, before: file.before, after });
    }
    return changes;
  }

  *#newPaths(): Iterable<string> {
    for (const file of this.#files.values()) if (file !== undefined && file.before === undefined) yield file.path;
  }

  #read(path: string): ConfigFile | undefined {
    try {
      if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
      const before = readFileSync(path);
      return { path, before, like: undefined, document: parseConfig(textOfBytes(before), path) };
    } catch (error) {
      this.#skipped.push({ path, reason: describeError(error) });
      return undefined;
    }
  }
}

/** A pattern may name folders that do not exist; httpd has said already whether it minds. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** For a path that does not exist, the real path of its folder with the name added. */
function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return dirname(path) === path ? path : join(realPathOf(dirname(path)), basename(path));
  }
}
