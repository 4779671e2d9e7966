// The two files that hosts include while a challenge is answered, and the hosts that need them. The first rewrites
// requests for challenges to a folder of ours before any other rule is asked; the second allows reading there.
import { join } from 'node:path';
import type { Identifier } from '@certward/pki';
import { ensureListen } from '../deploy/listen.ts';
import { coversName } from '../match/points.ts';
import { appendLines, directiveText, prependLines } from '../parser/edit.ts';
import { toFileText } from '../parser/bytes.ts';
import { argumentsOf, type ContainerNode } from '../parser/nodes.ts';
import { servesPort } from '../tree/address.ts';
import { namesOf, type VirtualHost } from '../tree/virtual-host.ts';
import type { Workspace } from '../workspace.ts';

/** Paths that a challenge uses. */
export interface ChallengePlaces {
  /** Where the answers lie: WORK/http_challenges. */
  readonly folder: string;
  readonly pre: string;
  readonly post: string;
}

/** The places for a work folder and `--apache-challenge-location`. */
export function challengePlaces({ workDir, challengeLocation }: { readonly workDir: string; readonly challengeLocation: string }): ChallengePlaces {
  return {
    folder: join(workDir, 'http_challenges'),
    pre: join(challengeLocation, 'le_http_01_challenge_pre.conf'),
    post: join(challengeLocation, 'le_http_01_challenge_post.conf'),
  };
}

/** Content of the two files. */
export function challengeConfig(folder: string): { readonly pre: string; readonly post: string } {
  // In the substitution of a rule `$` and `%` refer to what was matched. mod_rewrite knows quotes, but no escapes in them.
  const target = `${folder.replace(/[$%\\]/g, '\\$&')}/$1`;
  return {
    pre: `RewriteEngine on\nRewriteRule ^/[.]well-known/acme-challenge/([A-Za-z0-9_=-]+)$ "${target}" [END]\n`,
    post: `<Directory "${folder}">\n    Require all granted\n</Directory>\n<Location /.well-known/acme-challenge>\n    Require all granted\n</Location>\n`,
  };
}

/**
 * Puts the includes into every host that may be asked for one of the identifiers: those that name it, and those without a
 * name on the port; where no host listens there, all that do, or the server itself. Returns how many places there are.
 */
export function includeChallenges(workspace: Workspace, identifiers: readonly Identifier[], places: ChallengePlaces): number {
  workspace.requireModule('rewrite');
  workspace.requireModule('authz_core');
  ensureListen(workspace, workspace.options.httpPort, { https: false });
  const containers: ContainerNode[] = chooseChallengeHosts(workspace, identifiers).map((host) => host.section);
  if (containers.length === 0) containers.push(workspace.files.create(workspace.mainFile).document);
  for (const container of containers) include(container, places);
  workspace.touch();
  return containers.length;
}

/** The hosts that {@link includeChallenges} edits. */
export function chooseChallengeHosts({ tree, options }: Workspace, identifiers: readonly Identifier[]): VirtualHost[] {
  const onPort = (host: VirtualHost) => host.addresses.some((address) => servesPort(address, options.httpPort));
  const plain = tree.hosts.filter((host) => onPort(host) && !host.ssl);
  const named = tree.hosts.filter((host) => identifiers.some(({ type, value }) => type === 'dns' && coversName(namesOf(host), value)));
  // Requests for an address go to the first host of it, whatever that is called.
  const allNamed = named.some(onPort) && identifiers.every(({ type }) => type === 'dns');
  const others = allNamed ? plain.filter((host) => host.serverName === undefined) : plain;
  return [...new Set([...named, ...others])];
}

function include(container: ContainerNode, { pre, post }: ChallengePlaces): void {
  const present = container.children.some((node) => node.kind === 'directive' && node.name === 'include' && argumentsOf(node)[0] === toFileText(pre));
  if (present) return;
  const first = directiveText('Include', [toFileText(pre)]);
  // In the main file modules have to be loaded before they can be configured.
  if (container.kind === 'document') appendLines(container, [first]);
  else prependLines(container, [first]);
  appendLines(container, [directiveText('Include', [toFileText(post)])]);
}
