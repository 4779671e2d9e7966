// The configuration while it is being edited: the files, the tree over them, and the modules and sites that a save has to
// switch on. Nothing here changes the disk.
import { basename, join, relative } from 'node:path';
import { ApacheError } from './errors.ts';
import { appendLines, directiveText } from './parser/edit.ts';
import { fromFileText, toFileText } from './parser/bytes.ts';
import { printConfig } from './parser/print.ts';
import type { ApacheLayout } from './server/os-table.ts';
import type { ServerRuntime } from './server/runtime.ts';
import type { Address } from './tree/address.ts';
import type { Conditions } from './tree/conditions.ts';
import { ConfigFiles } from './tree/config-files.ts';
import { includeCovers } from './tree/includes.ts';
import { type ConfigTree, walkConfig } from './tree/walk.ts';

/** What a {@link Workspace} starts from. */
export interface WorkspaceOptions {
  readonly layout: ApacheLayout;
  readonly runtime: ServerRuntime;
  readonly httpPort: string;
  readonly httpsPort: string;
  /** Path and content of the TLS options that deployed hosts include. */
  readonly tlsOptions: { readonly path: string; readonly content: Uint8Array };
}

/** Names under which the main file is looked for where the server does not tell. */
const mainFileNames = ['apache2.conf', 'httpd.conf', 'conf/httpd.conf'];

/** See the head of this file. */
export class Workspace {
  readonly options: WorkspaceOptions;
  readonly files = new ConfigFiles();
  readonly mainFile: string;
  readonly #conditions: Conditions;
  readonly #newModules: string[] = [];
  readonly #newAddresses: Address[] = [];
  #tree: ConfigTree | undefined;

  constructor(options: WorkspaceOptions) {
    this.options = options;
    const { layout, runtime, tlsOptions } = options;
    this.#conditions = {
      serverRoot: layout.serverRoot,
      version: runtime.version,
      modules: new Set(runtime.modules),
      defines: new Map(runtime.defines),
      environment: process.env,
    };
    this.files.provide(tlsOptions.path, tlsOptions.content);
    this.mainFile = runtime.includes[0] ?? this.#findMainFile();
  }

  /** The configuration with all edits so far. */
  get tree(): ConfigTree {
    this.#tree ??= walkConfig({
      files: this.files,
      mainFile: this.mainFile,
      reported: this.options.runtime.includes,
      conditions: this.#conditions,
      httpsPort: this.options.httpsPort,
    });
    return this.#tree;
  }

  /** To be called after an edit, so that the next look at the tree sees it. */
  touch(): void {
    this.#tree = undefined;
  }

  /** Modules that a2enmod has to switch on, what each depends on before it. */
  get newModules(): readonly string[] {
    return this.#newModules;
  }

  /** Addresses that the server is going to listen on. */
  get newAddresses(): readonly Address[] {
    return this.#newAddresses;
  }

  noteNewAddresses(addresses: readonly Address[]): void {
    this.#newAddresses.push(...addresses);
  }

  hasModule(name: string): boolean {
    const identifier = `${name}_module`;
    return this.#conditions.modules.has(identifier) || this.tree.modules.has(identifier);
  }

  /**
   * Makes sure that a module (`ssl`, `headers`, …) is loaded or will be. Returns a message for each that has to be switched
   * on; throws `moduleMissing` where that is not for us to do.
   */
  requireModule(name: string): string[] {
    if (this.hasModule(name)) return [];
    const { layout } = this.options;
    const available = join(layout.serverRoot, 'mods-available', `${name}.load`);
    const load = layout.handleModules && layout.enmod !== undefined ? this.files.open(available) : undefined;
    if (load === undefined) {
      throw new ApacheError('moduleMissing', `Apache needs its module "${name}" for this, and it is not loaded`, {
        details: { module: name },
        hint: `install and enable the module (a LoadModule line for ${name}_module), then run again`,
      });
    }
    const depends = /^# Depends:(.*)$/m.exec(printConfig(load.document))?.[1]?.trim() ?? '';
    const messages = depends === '' ? [] : depends.split(/\s+/).flatMap((one) => this.requireModule(one));
    this.#enableModule(name);
    return [...messages, `Enabled Apache module ${name}`];
  }

  #enableModule(name: string): void {
    const { serverRoot } = this.options.layout;
    for (const file of [`${name}.conf`, `${name}.load`]) {
      if (!this.files.isFile(join(serverRoot, 'mods-available', file))) continue;
      this.files.link({ path: join(serverRoot, 'mods-enabled', file), target: `../mods-available/${file}`, madeByProgram: true });
    }
    this.#newModules.push(name);
    this.#conditions.modules.add(`${name}_module`);
    this.touch();
  }

  /** Makes sure that the server reads a file: by a link in sites-enabled, by an Include that covers it, or by a new one. */
  enableFile(path: string): string[] {
    if (this.#reads(path)) return [];
    this.touch();
    const { layout } = this.options;
    const enabled = join(layout.serverRoot, 'sites-enabled');
    const link = join(enabled, basename(path));
    if (layout.handleSites && this.files.isFolder(enabled) && this.#reads(link)) {
      const target = path.startsWith(`${layout.serverRoot}/`) ? relative(enabled, path) : path;
      this.files.link({ path: link, target, madeByProgram: false });
      return [`Enabled site ${basename(path)}`];
    }
    appendLines(this.files.create(this.mainFile).document, [directiveText('Include', [toFileText(path)])]);
    return [`Enabled ${path} by an Include in ${this.mainFile}`];
  }

  /** Whether an Include outside of hosts covers the path, or the server reads it already. */
  #reads(path: string): boolean {
    const { directives, paths } = this.tree;
    const includes = directives.filter(({ node }) => node.name === 'include' || node.name === 'includeoptional');
    return paths.has(path) || includes.some(({ args }) => includeCovers(fromFileText(args[0] ?? ''), path, this.options.layout.serverRoot));
  }

  #findMainFile(): string {
    const { serverRoot } = this.options.layout;
    const found = mainFileNames.map((name) => join(serverRoot, name)).find((path) => this.files.isFile(path));
    if (found !== undefined) return found;
    throw new ApacheError('configUnreadable', `no main configuration file of Apache lies in "${serverRoot}"`, {
      details: { serverRoot },
      hint: 'name the folder with --apache-server-root',
    });
  }
}
