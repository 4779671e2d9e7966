// The files of one run as they are on the disk and as the gathered edits would leave them. Nothing is written here.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import type { FileChange } from '@certward/engine';

import { HaproxyDocument } from './document.ts';
import { HaproxyError } from './errors.ts';

/** Documents by path, and bundles that are to be written. */
export interface Workspace {
  /** The configuration files, in the order in which HAProxy reads them. */
  readonly configPaths: readonly string[];
  /** Opens a configuration file or crt-list; the same document each time. */
  document(path: string): HaproxyDocument;
  /** A bundle to write; the last one counts. */
  putBundle(path: string, content: Uint8Array): void;
  readonly bundles: ReadonlyMap<string, Uint8Array>;
  /** Edits of configuration files and crt-lists. Bundles are not among them: they hold private keys. */
  changes(): readonly FileChange[];
}

/** Reads the configuration: a file, or a folder of `*.cfg` files as `haproxy -f FOLDER` reads it. */
export function openWorkspace(configFile: string): Workspace {
  const configPaths = listConfig(configFile);
  const documents = new Map<string, { readonly before: Uint8Array; readonly document: HaproxyDocument }>();
  const bundles = new Map<string, Uint8Array>();
  const open = (path: string) => {
    const known = documents.get(path);
    if (known !== undefined) return known;
    const before = readConfig(path);
    const opened = { before, document: new HaproxyDocument(before) };
    documents.set(path, opened);
    return opened;
  };
  for (const path of configPaths) open(path);
  return {
    configPaths,
    bundles,
    document: (path) => open(path).document,
    putBundle: (path, content) => void bundles.set(path, content),
    changes: () =>
      [...documents].flatMap(([path, { before, document }]) => {
        const after = document.toBytes();
        return Buffer.compare(before, after) === 0 ? [] : [{ path, before, after }];
      }),
  };
}

function listConfig(configFile: string): readonly string[] {
  if (statSync(configFile, { throwIfNoEntry: false })?.isDirectory() !== true) return [configFile];
  return readdirSync(configFile).filter((name) => name.endsWith('.cfg') && !name.startsWith('.')).sort().map((name) => join(configFile, name));
}

function readConfig(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new HaproxyError('configUnreadable', `cannot read "${path}"`, {
      cause,
      details: { path },
      hint: 'name the configuration with --haproxy-config, and run as a user who may read it',
    });
  }
}
