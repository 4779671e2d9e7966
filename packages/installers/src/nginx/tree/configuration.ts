// The whole configuration: files, includes followed from nginx.conf through `http`, and the server blocks found there.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '@certward/base';
import { NginxError } from '../errors.ts';
import { NameIndex } from '../match/name-index.ts';
import { type BlockNode, type Body, nameOf } from '../parser/nodes.ts';
import type { Address } from './address.ts';
import { type ConfigFile, type FileSet, openFiles } from './files.ts';
import { nodesOf, type PlacedNode, readSettings, type Vhost } from './vhost.ts';

/** Options of {@link loadConfiguration}. */
export interface LoadOptions {
  /** The folder with nginx.conf; relative includes start there. */
  readonly serverRoot: string;
  readonly log: Log;
  /** What `$hostname` stands for. */
  readonly hostname: string;
}

/** A parsed configuration. Its bodies are edited in place; nothing is written here. */
export class Configuration {
  readonly files: FileSet;
  /** The folder with nginx.conf, where relative paths start. */
  readonly root: string;
  readonly #main: Body;
  readonly #hostname: string;
  readonly #vhosts: Vhost[] = [];
  readonly #visited = new Set<Body>();
  /** Keys of addresses that some block marks as ssl: nginx then encrypts them in every block. */
  readonly #sslKeys = new Set<string>();
  readonly #keys = new Set<string>();
  readonly #names = new NameIndex();
  #http: { readonly block: BlockNode; readonly file: ConfigFile } | undefined;

  constructor(main: ConfigFile, { files, hostname, root }: { readonly files: FileSet; readonly hostname: string; readonly root: string }) {
    this.files = files;
    this.root = root;
    this.#main = main.body;
    this.#hostname = hostname;
    this.#walk(main.body, main, 'main');
  }

  /** Server blocks of `http` in the order in which nginx reads them. */
  get vhosts(): readonly Vhost[] {
    return this.#vhosts;
  }

  /** The blocks whose names may fit a host: all that do, and perhaps others. */
  candidates(host: string): readonly Vhost[] {
    return this.#names.candidates(host);
  }

  /** Whether any block listens on an address, by its key. */
  hasAddress(key: string): boolean {
    return this.#keys.has(key);
  }

  /** The `http` block and its file; undefined where there is none. */
  get http() {
    return this.#http;
  }

  /** The value of a directive outside all blocks of nginx.conf. */
  mainDirective(name: string): string | undefined {
    const node = this.#main.nodes.find((one) => one.kind === 'directive' && nameOf(one) === name);
    return node?.kind === 'directive' ? node.words[1]?.value : undefined;
  }

  /** Whether connections to this address of the block are encrypted. */
  isSsl(vhost: Vhost, address: Address): boolean {
    return vhost.sslOn || this.#sslKeys.has(address.key);
  }

  /** Whether the block has an encrypted address. */
  hasSsl(vhost: Vhost): boolean {
    return vhost.sslOn || vhost.addresses.some((address) => this.#sslKeys.has(address.key));
  }

  /** Whether the block listens on a port, encrypted or plainly. */
  listens(vhost: Vhost, port: string, { ssl }: { readonly ssl: boolean }): boolean {
    return vhost.addresses.some((address) => address.port === port && this.isSsl(vhost, address) === ssl);
  }

  /** The directives of a block, included ones among them. */
  nodesOf(vhost: Vhost): readonly PlacedNode[] {
    return nodesOf(vhost, this.files);
  }

  /** Reads a block again after an edit. */
  refresh(vhost: Vhost): void {
    Object.assign(vhost, readSettings(nodesOf(vhost, this.files), this.#hostname));
    this.#note(vhost);
  }

  /** Adds a block that an edit put into `enclosing`: last, or behind another. */
  add(place: Pick<Vhost, 'file' | 'block' | 'enclosing'>, { after }: { readonly after?: Vhost } = {}): Vhost {
    const index = after === undefined ? this.#vhosts.length : this.#vhosts.indexOf(after) + 1;
    const [before, behind] = [this.#vhosts[index - 1]?.order ?? 0, this.#vhosts[index]?.order];
    const order = behind === undefined ? before + 1 : (before + behind) / 2;
    const vhost: Vhost = { ...place, order, ...readSettings(nodesOf(place, this.files), this.#hostname) };
    this.#vhosts.splice(index, 0, vhost);
    this.#note(vhost);
    return vhost;
  }

  #note(vhost: Vhost): void {
    this.#names.note(vhost);
    for (const { key, ssl } of vhost.addresses) {
      this.#keys.add(key);
      if (ssl || vhost.sslOn) this.#sslKeys.add(key);
    }
  }

  /** Follows includes on the levels where server blocks can come from. A file counts once, however often it is included. */
  #walk(body: Body, file: ConfigFile, level: 'main' | 'http'): void {
    if (this.#visited.has(body)) return;
    this.#visited.add(body);
    for (const node of body.nodes) {
      const name = nameOf(node);
      if (node.kind === 'directive' && name === 'include') {
        for (const included of this.files.include(node.words[1]?.value ?? '')) this.#walk(included.body, included, level);
      } else if (node.kind === 'block' && name === 'http' && level === 'main') {
        this.#http ??= { block: node, file };
        this.#walk(node.body, file, 'http');
      } else if (node.kind === 'block' && name === 'server' && level === 'http') {
        this.add({ file, block: node, enclosing: body });
      }
    }
  }
}

/** The path of nginx.conf. Throws `configurationMissing`. */
export function mainFile(serverRoot: string): string {
  const path = join(serverRoot, 'nginx.conf');
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === true) return path;
  throw new NginxError('configurationMissing', `there is no nginx configuration at "${path}"`, {
    hint: 'name the folder that holds nginx.conf with --nginx-server-root',
  });
}

/** Reads nginx.conf and what it includes. Throws `configurationMissing`, or `configurationInvalid` when nginx.conf cannot be parsed. */
export function loadConfiguration({ serverRoot, log, hostname }: LoadOptions): Configuration {
  const path = mainFile(serverRoot);
  const files = openFiles({ root: serverRoot, log });
  const main = files.open(path);
  if (main === undefined) throw new NginxError('configurationInvalid', `"${path}" cannot be read; the log says why`);
  return new Configuration(main, { files, hostname, root: serverRoot });
}
