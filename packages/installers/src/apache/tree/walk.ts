// Walks the configuration as httpd reads it: includes followed, conditions decided, names substituted.
import { argumentsOf, type ContainerNode, type DirectiveNode, type SectionNode } from '../parser/nodes.ts';
import { fromFileText } from '../parser/bytes.ts';
import { parseAddress } from './address.ts';
import { type Conditions, isCondition, isMet, substitute } from './conditions.ts';
import type { ConfigFile, ConfigFiles } from './config-files.ts';
import { includedPaths } from './includes.ts';
import { describeHost, type PlacedDirective, type VirtualHost } from './virtual-host.ts';

/** Where a walk starts and what it needs to know. */
export interface WalkOptions {
  readonly files: ConfigFiles;
  /** The main configuration file. */
  readonly mainFile: string;
  /** Files that the server says it reads: those that the walk misses (say, for an unknown variable) are read as well. */
  readonly reported: readonly string[];
  readonly conditions: Conditions;
  readonly httpsPort: string;
}

/** The configuration as one list of hosts and one of directives outside of hosts. */
export interface ConfigTree {
  readonly hosts: readonly VirtualHost[];
  readonly directives: readonly PlacedDirective[];
  /** Real paths of the files that were read. */
  readonly paths: ReadonlySet<string>;
  readonly modules: ReadonlySet<string>;
  readonly files: ConfigFiles;
  readonly conditions: Conditions;
}

/** httpd's own limit. */
const maxIncludeDepth = 20;

interface Scope {
  readonly file: ConfigFile;
  /** Collects what the section at hand says: a host's list, or the server's. */
  readonly into: PlacedDirective[];
  readonly scoped: boolean;
  readonly inMacro: boolean;
  readonly inHost: boolean;
  readonly depth: number;
}

/** Reads the whole configuration. Files that cannot be parsed are left out; see `ConfigFiles.skipped`. */
export function walkConfig(options: WalkOptions): ConfigTree {
  const { files } = options;
  // A walk adds what it meets; the next one starts afresh.
  const conditions = { ...options.conditions, modules: new Set(options.conditions.modules), defines: new Map(options.conditions.defines) };
  const hosts: VirtualHost[] = [];
  const directives: PlacedDirective[] = [];
  const paths = new Set<string>();

  const visitFile = (path: string, scope: Omit<Scope, 'file'>): void => {
    if (scope.depth > maxIncludeDepth) return;
    const file = files.open(path);
    if (file === undefined) return;
    paths.add(file.path);
    visit(file.document, { ...scope, file });
  };

  const visit = (container: ContainerNode, scope: Scope): void => {
    for (const node of container.children) {
      if (node.kind === 'directive') visitDirective(node, container, scope);
      else if (node.kind === 'section') visitSection(node, container, scope);
    }
  };

  const visitDirective = (node: DirectiveNode, container: ContainerNode, scope: Scope): void => {
    const args = argumentsOf(node).map((value) => substitute(value, conditions));
    scope.into.push({ node, file: scope.file, container, args, scoped: scope.scoped });
    note(node.name, args, conditions);
    if (node.name !== 'include' && node.name !== 'includeoptional') return;
    for (const path of includedPaths(fromFileText(args[0] ?? ''), { serverRoot: conditions.serverRoot, files })) {
      visitFile(path, { ...scope, depth: scope.depth + 1 });
    }
  };

  const visitSection = (section: SectionNode, container: ContainerNode, scope: Scope): void => {
    if (isCondition(section)) {
      if (isMet(section, conditions, files)) visit(section, scope);
    } else if (section.name === 'virtualhost' && !scope.inHost) {
      visitHost(section, container, scope);
    } else if (section.name === 'macro') {
      visit(section, { ...scope, into: [], inMacro: true });
    } else {
      visit(section, { file: scope.file, into: scope.into, scoped: true, inMacro: scope.inMacro, inHost: scope.inHost, depth: scope.depth });
    }
  };

  const visitHost = (section: SectionNode, container: ContainerNode, scope: Scope): void => {
    const into: PlacedDirective[] = [];
    const { file, inMacro, depth } = scope;
    // Spelt out: with spreads this is what a walk over a thousand hosts spends its time on.
    visit(section, { file, into, scoped: false, inMacro, inHost: true, depth });
    const addresses = section.words.map(({ value }) => parseAddress(substitute(value, conditions)));
    const { serverName, aliases, ssl } = describeHost({ addresses, directives: into, inMacro }, options.httpsPort);
    hosts.push({ file, section, container, addresses, serverName, aliases, ssl, inMacro, directives: into });
  };

  const start = { into: directives, scoped: false, inMacro: false, inHost: false, depth: 0 };
  for (const path of [options.mainFile, ...options.reported]) {
    if (path === options.mainFile || !paths.has(files.realPath(path))) visitFile(path, start);
  }
  return { hosts: withoutRepeats(hosts), directives, paths, modules: conditions.modules, files, conditions };
}

function note(name: string, args: readonly string[], conditions: Conditions): void {
  const [first, second = ''] = args;
  if (first === undefined) return;
  if (name === 'define') conditions.defines.set(first, second);
  else if (name === 'undefine') conditions.defines.delete(first);
  else if (name === 'loadmodule') conditions.modules.add(first);
}

/** A file that is included twice has each of its hosts twice; edits need each once. */
function withoutRepeats(hosts: readonly VirtualHost[]): VirtualHost[] {
  const seen = new Set<SectionNode>();
  return hosts.filter((host) => !seen.has(host.section) && seen.add(host.section));
}
