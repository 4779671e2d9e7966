// The files of a configuration, each read and parsed once, whatever the number of includes that lead to it.
import { readFileSync, realpathSync } from 'node:fs';
import { describeError, type Log } from '@certward/base';
import { type Body, printBody } from '../parser/nodes.ts';
import { parseNginx } from '../parser/parse.ts';
import { textOf } from '../parser/words.ts';
import { resolveInclude } from './glob.ts';

/** One file. `path` is the name by which it was included, `realPath` where it lies. */
export interface ConfigFile {
  readonly path: string;
  readonly realPath: string;
  /** One character per byte. */
  readonly original: string;
  readonly body: Body;
}

/** Reads files on demand. */
export interface FileSet {
  /** Those that an `include` leads to. What cannot be read or parsed is warned about once and left out. */
  include(pattern: string): readonly ConfigFile[];
  /** The file of that name, read in the same way. */
  open(path: string): ConfigFile | undefined;
  /** Every file read so far, in the order of reading. */
  all(): readonly ConfigFile[];
  /** The bytes that a file has after the edits. */
  print(file: ConfigFile): string;
}

/** Opens the files below a server root. */
export function openFiles({ root, log }: { readonly root: string; readonly log: Log }): FileSet {
  const byRealPath = new Map<string, ConfigFile | undefined>();
  const byPattern = new Map<string, readonly ConfigFile[]>();

  const open = (path: string): ConfigFile | undefined => {
    const realPath = realPathOf(path);
    if (byRealPath.has(realPath)) return byRealPath.get(realPath);
    const file = read(path, realPath, log);
    byRealPath.set(realPath, file);
    return file;
  };

  return {
    open,
    include(pattern) {
      const known = byPattern.get(pattern);
      if (known !== undefined) return known;
      const files = resolveInclude(textOf(pattern), root).map(open).filter((file) => file !== undefined);
      byPattern.set(pattern, files);
      return files;
    },
    all: () => [...byRealPath.values()].filter((file) => file !== undefined),
    print: (file) => printBody(file.body),
  };
}

function read(path: string, realPath: string, log: Log): ConfigFile | undefined {
  try {
    const original = readFileSync(realPath, 'latin1');
    return { path, realPath, original, body: parseNginx(original, path) };
  } catch (error) {
    log.warn('configuration file skipped', { path, reason: describeError(error) });
    return undefined;
  }
}

function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
