// Rules that we add to frontends: redirects, HSTS, answers to http-01. Lines of ours end in a comment that says so.
import type { Enhancement, InstallerEdit } from '@certward/engine';

import { type Bind, listensOn } from './binds.ts';
import type { HaproxyDocument, Section } from './document.ts';
import { HaproxyError } from './errors.ts';
import { type Frontend, frontendsFor, readFrontends } from './frontends.ts';
import type { Workspace } from './workspace.ts';

const marker = ' # managed by Certward';

/** A token or key authorization has base64url characters and dots only, which need no quotes anywhere. */
const challengeText = /^[\w.-]{1,512}$/;

/** Switches an enhancement on for `name`. Throws `enhancementUnsupported`, `noBind`. */
export function addEnhancement(name: string, enhancement: Enhancement, { workspace, httpPort }: { readonly workspace: Workspace; readonly httpPort: number }): InstallerEdit {
  if (enhancement !== 'redirect' && enhancement !== 'hsts') {
    throw new HaproxyError('enhancementUnsupported', `the haproxy plugin cannot switch "${enhancement}" on`, { hint: 'it knows redirect and hsts' });
  }
  const isPlain = (bind: Bind) => !bind.ssl && listensOn(bind, httpPort);
  const serves = enhancement === 'redirect' ? isPlain : ({ ssl }: Bind) => ssl;
  const rule = enhancement === 'redirect' ? redirectRule(name) : hstsRule(name);
  const suitable = (frontends: readonly Frontend[]) => frontends.filter(({ mode, binds }) => mode === 'http' && binds.some(serves));
  const all = readFrontends(workspace);
  const mentioning = suitable(frontendsFor(all, name));
  const chosen = mentioning.length > 0 ? mentioning : suitable(all);
  if (chosen.length === 0) {
    throw new HaproxyError('noBind', `no http frontend of the configuration can ${enhancement === 'redirect' ? 'redirect' : 'send HSTS for'} "${name}"`, {
      hint: enhancement === 'redirect' ? `add a frontend with "mode http" that binds port ${httpPort}` : 'deploy a certificate first',
    });
  }
  const edited = [...new Set(chosen.flatMap(({ path, section: { name: sectionName, kind } }) => (addRule(workspace.document(path), { kind, name: sectionName, rule }) ? [path] : [])))];
  const what = enhancement === 'redirect' ? 'Redirecting all traffic on port 80 to ssl' : 'Adding Strict-Transport-Security';
  return { messages: edited.map((path) => `${what} for ${name} in ${path}`), files: edited };
}

/** Puts answers to challenges into every http frontend on the port; a frontend of our own where there is none. */
export function addChallengeAnswers(workspace: Workspace, challenges: ReadonlyMap<string, string>, { httpPort }: { readonly httpPort: number }): void {
  const rules = [...challenges].map(([token, keyAuthorization]) => {
    if (!challengeText.test(token) || !challengeText.test(keyAuthorization)) throw new HaproxyError('valueInvalid', 'the CA sent a challenge with characters that no challenge has');
    return `http-request return status 200 content-type text/plain string ${keyAuthorization} if { path /.well-known/acme-challenge/${token} }`;
  });
  const listening = readFrontends(workspace).filter(({ mode, binds }) => mode === 'http' && binds.some((bind) => !bind.ssl && listensOn(bind, httpPort)));
  for (const { path, section } of listening) {
    for (const rule of rules) addRule(workspace.document(path), { kind: section.kind, name: section.name, rule });
  }
  const last = workspace.configPaths.at(-1);
  if (listening.length > 0 || last === undefined) return;
  const document = workspace.document(last);
  for (const line of ['frontend certward_http_01', '    mode http', '    timeout client 30s', `    bind :${httpPort}`, ...rules.map((rule) => `    ${rule}`)]) {
    document.insertLine(document.lineCount, line);
  }
}

/** Adds a rule as the first of its section, unless it is there. Before all others, because an earlier rule could end the request. */
function addRule(document: HaproxyDocument, { kind, name, rule }: { kind: string; name: string; rule: string }): boolean {
  const section = document.sections().find((one) => one.kind === kind && one.name === name);
  if (section === undefined || hasRule(document, section, rule)) return false;
  const indent = document.indentOf(section);
  const first = document.linesOf(section).find((line) => /^(?:http-request|http-response|redirect|use_backend|tcp-request|block|reqadd|rspadd)$/.test(document.values(line)[0] ?? ''));
  document.insertLine(first ?? lastSettingLine(document, section), `${indent}${rule}${marker}`);
  return true;
}

/** After the section's last line that says something, so that blank lines and comments of the next section stay there. */
function lastSettingLine(document: HaproxyDocument, section: Section): number {
  return (document.linesOf(section).findLast((line) => document.values(line).length > 0) ?? section.start) + 1;
}

function hasRule(document: HaproxyDocument, section: Section, rule: string): boolean {
  const wanted = rule.replaceAll('"', '').split(/ +/).join(' ');
  return document.linesOf(section).some((line) => document.values(line).join(' ') === wanted);
}

function redirectRule(name: string): string {
  return `http-request redirect scheme https code 301 if !{ ssl_fc } { req.hdr(host),field(1,:) -i${matchOf(name)} }`;
}

function hstsRule(name: string): string {
  return `http-response set-header Strict-Transport-Security max-age=31536000 if { ssl_fc } { ssl_fc_sni -i${matchOf(name)} }`;
}

/** A wildcard stands for every name that ends like it. */
function matchOf(name: string): string {
  return name.startsWith('*.') ? ` -m end ${name.slice(1)}` : ` ${name}`;
}
