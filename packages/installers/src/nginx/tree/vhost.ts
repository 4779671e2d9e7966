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
  /** Blocks that nginx reads earlier have smaller numbers. */
  readonly order: number;
  /** Explicit ones, or `*:80` alone. Empty where only Unix sockets are listened on. */
  addresses: readonly Address[];
  /** As written, `$hostname` resolved. */
  names: readonly string[];
  /** The old `ssl on`, which encrypts every address. */
  sslOn: boolean;
}

/** What the directives of a block say. */
export function readSettings(nodes: readonly PlacedNode[], hostname: string): Pick<Vhost, 'addresses' | 'names' | 'sslOn'> {
  const listens: DirectiveNode[] = [];
  const names = new Set<string>();
  let sslOn = false;
  for (const { node } of nodes) {
    if (node.kind !== 'directive') continue;
    const name = nameOf(node);
    if (name === 'listen') listens.push(node);
    else if (name === 'ssl') sslOn ||= node.words[1]?.value === 'on';
    else if (name === 'server_name') for (const word of node.words.slice(1)) names.add(word.value === '$hostname' ? hostname : textOf(word.value));
  }
  const addresses = listens.map(parseListen).filter((address) => address !== undefined);
  return { addresses: listens.length === 0 ? [implicitAddress] : addresses, names: [...names], sslOn };
}

/** All directives of a server block in the order in which nginx reads them, includes followed. */
export function nodesOf({ file, block }: Pick<Vhost, 'file' | 'block'>, files: FileSet): readonly PlacedNode[] {
  const placed: PlacedNode[] = [];
  expand({ body: block.body, file }, { files, placed, within: [] });
  return placed;
}

interface Expansion {
  readonly files: FileSet;
  readonly placed: PlacedNode[];
  /** The files on the way, so that one that includes itself ends there. */
  readonly within: readonly ConfigFile[];
}

function expand({ body, file }: { readonly body: Body; readonly file: ConfigFile }, { files, placed, within }: Expansion): void {
  for (const node of body.nodes) {
    placed.push({ node, body, file });
    if (node.kind !== 'directive' || nameOf(node) !== 'include') continue;
    for (const included of files.include(node.words[1]?.value ?? '')) {
      if (!within.includes(included)) expand({ body: included.body, file: included }, { files, placed, within: [...within, included] });
    }
  }
}
