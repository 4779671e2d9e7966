// Sends http requests to https: by rewrite rules in the http host, or by a host of its own where there is none.
import { join } from 'node:path';
import type { InstallerEdit } from '@certward/engine';
import { ensureListen } from '../deploy/listen.ts';
import { chooseHttpHosts } from '../match/choose.ts';
import { coversName } from '../match/points.ts';
import { appendLines, directiveText, insertLines, replaceArguments } from '../parser/edit.ts';
import type { ContainerNode, DirectiveNode } from '../parser/nodes.ts';
import { argumentsOf } from '../parser/nodes.ts';
import { formatAddress } from '../tree/address.ts';
import { directivesOf, namesOf, ownDirectivesOf, type PlacedDirective, type VirtualHost } from '../tree/virtual-host.ts';
import type { Workspace } from '../workspace.ts';
import { httpsHostsFor } from './hosts.ts';

const target = 'https://%{SERVER_NAME}%{REQUEST_URI}';
const redirectRule = ['^', target, '[END,NE,R=permanent]'];
/** What earlier versions of Certbot wrote. */
const olderFlags = ['[L,QSA,R=permanent]', '[END,QSA,R=permanent]', '[L,NE,R=permanent]'];

/** Redirects the names of the https hosts for `name`. Nothing to do is an empty edit. */
export function enableRedirect(workspace: Workspace, name: string): InstallerEdit {
  const messages: string[] = [];
  const files: string[] = [];
  for (const https of httpsHostsFor(workspace, name)) {
    const names = namesOf(https).length > 0 ? namesOf(https) : [name];
    const httpHosts = chooseHttpHosts(workspace.tree.hosts, names, workspace.options.httpPort);
    const edits = httpHosts.length === 0 ? [createRedirectHost(workspace, https, names)] : httpHosts.map((host) => redirectHost(workspace, { host, names, https }));
    messages.push(...edits.flatMap((edit) => edit.messages));
    files.push(...edits.flatMap((edit) => edit.files));
  }
  return { messages, files: [...new Set(files)] };
}

interface Redirection {
  readonly host: VirtualHost;
  readonly https: VirtualHost;
  readonly names: readonly string[];
}

function redirectHost(workspace: Workspace, { host, names, https }: Redirection): InstallerEdit {
  if (leadsToHttpsAlready(host)) return nothing;
  const present = findOwnRule(host);
  const messages = workspace.requireModule('rewrite');
  const changed = present === undefined ? addRule(host, names) : extendRule(present, names);
  if (!changed) return nothing;
  workspace.touch();
  messages.push(`Redirecting vhost in ${host.file.path} to ssl vhost in ${https.file.path}`);
  return { messages, files: [host.file.path] };
}

const nothing: InstallerEdit = { messages: [], files: [] };

/** `Redirect / https://…` does it as well. */
function leadsToHttpsAlready(host: VirtualHost): boolean {
  return ['redirect', 'redirectpermanent', 'redirecttemp'].some((name) =>
    directivesOf(host, name).some(({ args }) => args.at(-2) === '/' && args.at(-1)?.toLowerCase().startsWith('https://') === true),
  );
}

function findOwnRule(host: VirtualHost): PlacedDirective | undefined {
  return ownDirectivesOf(host, 'rewriterule').find(({ args }) => args[0] === '^' && args[1] === target && isOwnFlags(args[2]));
}

const isOwnFlags = (flags: string | undefined) => flags !== undefined && (flags === redirectRule[2] || olderFlags.includes(flags));

function addRule(host: VirtualHost, names: readonly string[]): boolean {
  const isOn = ownDirectivesOf(host, 'rewriteengine').at(-1)?.args[0]?.toLowerCase() === 'on';
  appendLines(host.section, [
    ...(isOn ? [] : ['RewriteEngine on']),
    ...names.map((name, index) => conditionFor(name, { last: index === names.length - 1 })),
    directiveText('RewriteRule', redirectRule),
  ]);
  return true;
}

/** A rule of ours may be of an older form, or know fewer names than the https host serves by now. */
function extendRule({ node, container, args }: PlacedDirective, names: readonly string[]): boolean {
  const isOlder = args[2] !== redirectRule[2];
  if (isOlder) replaceArguments(node, redirectRule);
  const conditions = conditionsBefore(container, node);
  const first = conditions[0];
  if (first === undefined || !conditions.every((one) => argumentsOf(one)[0] === '%{SERVER_NAME}')) return isOlder;
  const known = conditions.map((one) => argumentsOf(one)[1]);
  const missing = names.filter((name) => !known.includes(testFor(name)));
  insertLines(container, {
    position: container.children.indexOf(first),
    lines: missing.map((name) => conditionFor(name, { last: false })),
  });
  return isOlder || missing.length > 0;
}

function conditionsBefore(container: ContainerNode, rule: DirectiveNode): DirectiveNode[] {
  const directives = container.children.filter((child) => child.kind === 'directive');
  const end = directives.indexOf(rule);
  let start = end;
  while (directives[start - 1]?.name === 'rewritecond') start -= 1;
  return directives.slice(start, end);
}

function conditionFor(name: string, { last }: { readonly last: boolean }): string {
  return directiveText('RewriteCond', ['%{SERVER_NAME}', testFor(name), ...(last ? [] : ['[OR]'])]);
}

/**
 * `=name`; for a pattern of ServerAlias, the regular expression that means the same. Without backslashes: mod_rewrite cuts
 * its arguments by rules of its own, which differ in them.
 */
function testFor(name: string): string {
  if (!/[*?]/.test(name)) return `=${name}`;
  return `^${name.replace(/[.+$()[\]{}|]/g, '[$&]').replaceAll('*', '.*').replaceAll('?', '.')}$`;
}

function createRedirectHost(workspace: Workspace, https: VirtualHost, names: readonly string[]): InstallerEdit {
  const { layout, httpPort } = workspace.options;
  const messages = [...workspace.requireModule('rewrite'), ...ensureListen(workspace, httpPort, { https: false })];
  const [serverName = '', ...aliases] = names;
  // The name comes from a configuration file: only a plain one may become part of a path.
  const isPlain = /^[a-z0-9][a-z0-9.-]{0,200}$/.test(serverName);
  const path = join(layout.vhostRoot, isPlain ? `le-redirect-${serverName}.conf` : 'le-redirect.conf');
  const existing = workspace.files.isFile(path);
  const file = workspace.files.create(path);
  if (!existing || !coversName(workspace.tree.hosts.filter((host) => host.file === file).flatMap(namesOf), serverName)) {
    appendLines(file.document, hostLines({ addresses: https.addresses.map(({ host }) => formatAddress({ host, port: httpPort })), serverName, aliases, logsRoot: layout.logsRoot }));
  }
  messages.push(...workspace.enableFile(file.path), `Created a port ${httpPort} vhost, ${file.path}, for redirection to ssl vhost ${https.file.path}`);
  return { messages, files: [file.path] };
}

interface RedirectHost {
  readonly addresses: readonly string[];
  readonly serverName: string;
  readonly aliases: readonly string[];
  readonly logsRoot: string;
}

function hostLines({ addresses, serverName, aliases, logsRoot }: RedirectHost): string[] {
  return [
    `<VirtualHost ${[...new Set(addresses)].join(' ')}>`,
    `    ${directiveText('ServerName', [serverName])}`,
    ...(aliases.length > 0 ? [`    ${directiveText('ServerAlias', aliases)}`] : []),
    '    ServerSignature Off',
    '',
    '    RewriteEngine On',
    `    ${directiveText('RewriteRule', redirectRule)}`,
    '',
    `    ${directiveText('ErrorLog', [join(logsRoot, 'redirect.error.log')])}`,
    '    LogLevel warn',
    '</VirtualHost>',
  ];
}
