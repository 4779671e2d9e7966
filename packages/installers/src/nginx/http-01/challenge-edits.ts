// The temporary edits that make nginx answer http-01 (§7.2): an exact location in every block that a name may reach, and
// server blocks in a file of their own for names that reach none.
import type { ChallengeToAnswer } from '@certward/engine';
import { vhostFromDefault } from '../edits/deploy.ts';
import { NginxError } from '../errors.ts';
import { allMatching } from '../match/choose.ts';
import { appendBlock, directivesNamed, makeDirective, prepend, replaceDirective } from '../parser/edit.ts';
import type { DirectiveNode } from '../parser/nodes.ts';
import { wordFor } from '../parser/words.ts';
import type { Configuration } from '../tree/configuration.ts';
import { nodesOf, type PlacedNode, type Vhost } from '../tree/vhost.ts';

/** Where things are for {@link editForChallenges}. */
export interface ChallengeEditOptions {
  readonly configuration: Configuration;
  readonly httpPort: string;
  readonly httpsPort: string;
  /** The file for server blocks of our own. */
  readonly challengePath: string;
  /** A folder that does not exist, so that our own blocks have nothing else to serve. */
  readonly emptyRoot: string;
}

/** One proof to be served. */
export type HttpChallenge = Pick<ChallengeToAnswer, 'token' | 'keyAuthorization'> & { readonly name: string };

/**
 * Edits the configuration in memory. Returns the content of the challenge file, or undefined where none is needed.
 * Throws `configurationInvalid` where there is no `http` block.
 */
export function editForChallenges(challenges: readonly HttpChallenge[], options: ChallengeEditOptions): string | undefined {
  const { configuration, challengePath } = options;
  const { http } = configuration;
  if (http === undefined) {
    throw new NginxError('configurationInvalid', 'the nginx configuration has no http block to answer challenges in', { hint: 'use --standalone or --webroot' });
  }
  // Taken before the configuration is edited: what listens now decides where our own blocks have to listen.
  const listens = listensForOwnBlocks(options);
  const own: string[] = [];
  const made = new Map<string, Vhost>();
  const edited = new Set<Vhost>();
  for (const challenge of challenges) {
    const vhosts = vhostsFor(challenge.name, { ...options, made });
    if (vhosts.every((vhost) => !configuration.listens(vhost, options.httpPort, { ssl: false }))) own.push(ownBlock(challenge, listens, options));
    for (const vhost of vhosts) {
      appendBlock(vhost.block, locationHead(challenge), locationLines(challenge));
      edited.add(vhost);
    }
  }
  for (const vhost of edited) prepend(vhost.block, ({ before }) => makeDirective(['rewrite', '^(/.well-known/acme-challenge/.*)', '$1', 'break'], before));
  if (own.length > 0) prepend(http.block, ({ before }) => makeDirective(['include', wordFor(challengePath)], before));
  raiseBucketSize(challenges, http, configuration);
  return own.length > 0 ? own.join('') : undefined;
}

/** The blocks that a request for the name may reach: over http, and over https for CAs that follow a redirect. */
function vhostsFor(name: string, { configuration, httpPort, httpsPort, made }: ChallengeEditOptions & { readonly made: Map<string, Vhost> }): readonly Vhost[] {
  const matching = allMatching(configuration.candidates(name), name);
  const plain = matching.filter((vhost) => configuration.listens(vhost, httpPort, { ssl: false }));
  const secure = matching.filter((vhost) => configuration.listens(vhost, httpsPort, { ssl: true }));
  if (plain.length > 0) return [...new Set([...plain, ...secure])];
  try {
    return [...new Set([vhostFromDefault(name, httpPort, { configuration, made, anyPort: false }), ...secure])];
  } catch (error) {
    if (error instanceof NginxError && error.code === 'noServerBlock') return secure;
    throw error;
  }
}

function locationHead({ token }: HttpChallenge): string[] {
  return ['location', '=', `/.well-known/acme-challenge/${token}`];
}

function locationLines({ keyAuthorization }: HttpChallenge): string[][] {
  return [
    ['default_type', 'text/plain'],
    ['return', '200', keyAuthorization],
  ];
}

function ownBlock(challenge: HttpChallenge, listens: readonly string[], { emptyRoot }: ChallengeEditOptions): string {
  const lines = [
    ...listens.map((listen) => `    listen ${listen};`),
    `    server_name ${wordFor(challenge.name)};`,
    `    root ${wordFor(emptyRoot)};`,
    `    ${locationHead(challenge).join(' ')} {`,
    ...locationLines(challenge).map((words) => `        ${words.join(' ')};`),
    '    }',
  ];
  return `server {\n${lines.join('\n')}\n}\n`;
}

/** The plain addresses in use on the port: nginx looks for names among the blocks of an address only. */
function listensForOwnBlocks({ configuration, httpPort }: ChallengeEditOptions): readonly string[] {
  const inUse = new Map<string, string>();
  for (const vhost of configuration.vhosts) {
    for (const address of vhost.addresses) {
      if (address.port !== httpPort || configuration.isSsl(vhost, address)) continue;
      inUse.set(address.key, address.host === '' ? httpPort : `${address.host}:${httpPort}`);
    }
  }
  const usesIpv6 = configuration.vhosts.some((vhost) => vhost.addresses.some((address) => address.ipv6));
  const ipv6Key = `[::]:${httpPort}`;
  if (inUse.size === 0) return [httpPort, ...(usesIpv6 ? [`${ipv6Key}${configuration.hasAddress(ipv6Key) ? '' : ' ipv6only=on'}`] : [])];
  return [...inUse.values()];
}

/** Long names need a larger bucket than some processors' default of 32 or 64 bytes. */
function raiseBucketSize(challenges: readonly HttpChallenge[], http: NonNullable<Configuration['http']>, configuration: Configuration): void {
  const longest = Math.max(0, ...challenges.map(({ name }) => name.length));
  // nginx keeps the name, a pointer and a length, rounded up, and one more pointer per bucket.
  const needed = longest + 32 <= 128 ? 128 : longest + 32 <= 256 ? 256 : 512;
  const isBucketSize = (placed: PlacedNode): placed is PlacedNode & { node: DirectiveNode } => placed.node.kind === 'directive' && placed.node.words[0]?.value === 'server_names_hash_bucket_size';
  const present = nodesOf(http, configuration.files).find(isBucketSize);
  if (present === undefined) {
    prepend(http.block, ({ before }) => makeDirective(['server_names_hash_bucket_size', String(needed)], before));
    return;
  }
  if (Number.parseInt(present.node.words[1]?.value ?? '', 10) >= needed) return;
  const [first] = directivesNamed(present.body, 'server_names_hash_bucket_size');
  if (first !== undefined) replaceDirective(present.body, first, ['server_names_hash_bucket_size', String(needed)]);
}
