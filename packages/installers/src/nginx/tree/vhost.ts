// A server block as nginx sees it: its own directives and those of the files that it includes.
import { type BlockNode, type Body, type DirectiveNode, nameOf, type Node } from '../parser/nodes.ts';
import { textOf } from '../parser/words.ts';
import { type Address, implicitAddress, parseListen } from './address.ts';
import type { ConfigFile, FileSet } from './files.ts';

/** A directive of a server block and the file and body in which it stands. */
export interface PlacedNode {
  readonly node: Node;
  readonly body: Body;
  readonly file: ConfigFile;
}

/** A server block. Call `refresh` of the configuration after an edit of it. */
export interface Vhost {
  readonly file: ConfigFile;
  readonly block: BlockNode;
  /** The body in which the block stands: `http` or an included file. */
  readonly enclosing: Body;
  /** Explicit ones, or `*:80` alone. Empty where only Unix sockets are listened on. */
  addresses: readonly Address[];
  /** As written, `$hostname` resolved. */
  names: readonly string[];
  /** The old `ssl on`, which encrypts every address. */
  sslOn: boolean;
}

/** Reads a server block. */
export function readVhost(place: Pick<Vhost, 'file' | 'block' | 'enclosing'>, files: FileSet, hostname: string): Vhost {
  return { ...place, ...readSettings(nodesOf(place, files), hostname) };
}

/** What {@link readVhost} derives from the directives of a block. */
export function readSettings(nodes: readonly PlacedNode[], hostname: string): Pick<Vhost, 'addresses' | 'names' | 'sslOn'> {
  const directives = nodes.map(({ node }) => node).filter((node): node is DirectiveNode => node.kind === 'directive');
  const listens = directives.filter((node) => nameOf(node) === 'listen');
  const addresses = listens.map(parseListen).filter((address) => address !== undefined);
  const names = directives.filter((node) => nameOf(node) === 'server_name').flatMap((node) => node.words.slice(1).map((word) => textOf(word.value)));
  return {
    addresses: listens.length === 0 ? [implicitAddress] : addresses,
    names: [...new Set(names.map((name) => (name === '$hostname' ? hostname : name)))],
    sslOn: directives.some((node) => nameOf(node) === 'ssl' && node.words[1]?.value === 'on'),
  };
}

/** All directives of a server block in the order in which nginx reads them, includes followed. */
export function nodesOf({ file, block }: Pick<Vhost, 'file' | 'block'>, files: FileSet): PlacedNode[] {
  return expand({ body: block.body, file }, files, new Set());
}

function expand({ body, file }: { body: Body; file: ConfigFile }, files: FileSet, within: ReadonlySet<ConfigFile>): PlacedNode[] {
  return body.nodes.flatMap((node) => {
    const own: PlacedNode[] = [{ node, body, file }];
    if (node.kind !== 'directive' || nameOf(node) !== 'include') return own;
    const included = files.include(node.words[1]?.value ?? '').filter((one) => !within.has(one));
    return [...own, ...included.flatMap((one) => expand({ body: one.body, file: one }, files, new Set([...within, one])))];
  });
}
