// HSTS that grows: a minute at first, longer with every renewal run, a year once a renewal has succeeded at the top.
// A comment with an id in the host connects it with the stored state, because files and order may change in between.
import type { Random } from '@certward/base';
import type { CertificatePaths } from '@certward/engine';
import { current } from '../deploy/deploy.ts';
import { ApacheError } from '../errors.ts';
import { toFileText } from '../parser/bytes.ts';
import { appendLines, replaceArgument } from '../parser/edit.ts';
import { directivesOf, type VirtualHost } from '../tree/virtual-host.ts';
import type { Workspace } from '../workspace.ts';
import type { HstsProgress, HstsState } from './auto-hsts-state.ts';
import { findHeader, hstsLine, permanentMaxAge } from './headers.ts';
import { httpsHostsFor } from './hosts.ts';

/** `max-age` of each step in seconds. */
const steps = [60, 300, 900, 3_600, 21_600, 43_200, 86_400] as const;
/** No step comes sooner after another: two days. */
const pauseSeconds = 172_800;
/** Certbot's words: it finds its hosts by them. */
const marker = 'DO NOT REMOVE - Managed by Certbot, VirtualHost id: ';

/** Edits of growing HSTS, and the state as it has to be once they are saved. */
export interface HstsStep {
  readonly messages: readonly string[];
  readonly state: HstsState;
}

/** What a step needs to know. */
export interface HstsContext {
  readonly state: HstsState;
  readonly nowSeconds: number;
  readonly random: Random;
}

/** Begins with a minute on the https hosts of `names`. Throws `headerConflict` where one sets HSTS already. */
export function beginHsts(workspace: Workspace, names: readonly string[], { state, nowSeconds, random }: HstsContext): HstsStep {
  const next = new Map(state);
  const messages: string[] = [];
  const done = new Set<VirtualHost['section']>();
  for (const name of names) {
    for (const host of httpsHostsFor(workspace, name.toLowerCase())) {
      if (done.has(host.section)) continue;
      if (findHeader(host, 'strict-transport-security') !== undefined) throw conflict(name, host);
      messages.push(...workspace.requireModule('headers'));
      const id = idOf(host) ?? Buffer.from(random.bytes(16)).toString('hex');
      appendLines(host.section, [...(idOf(host) === undefined ? [`# ${marker}${id}`] : []), hstsLine(steps[0])]);
      workspace.touch();
      next.set(id, { laststep: 0, timestamp: nowSeconds });
      done.add(host.section);
      messages.push(`Adding gradually increasing HSTS header with initial value of ${steps[0]} to VirtualHost in ${host.file.path}`);
    }
  }
  return { messages, state: next };
}

/** Takes every host that waited long enough one step further. Hosts that are gone are forgotten. */
export function growHsts(workspace: Workspace, { state, nowSeconds }: HstsContext): HstsStep {
  const next = new Map(state);
  const messages: string[] = [];
  for (const [id, progress] of state) {
    const seconds = steps[progress.laststep + 1];
    if (seconds === undefined || !isDue(progress, nowSeconds)) continue;
    const host = findHost(workspace, id);
    if (host === undefined || !setMaxAge(workspace, host, seconds)) {
      next.delete(id);
      messages.push(`Could not find VirtualHost with ID ${id}, disabling AutoHSTS for this VirtualHost`);
      continue;
    }
    next.set(id, { laststep: progress.laststep + 1, timestamp: nowSeconds });
    messages.push(`Increasing HSTS max-age value to ${seconds} for VirtualHost in ${host.file.path}`);
  }
  return { messages, state: next };
}

/** After a renewal: hosts of that certificate that are at the last step get a year, and need no state any more. */
export function finishHsts(workspace: Workspace, paths: CertificatePaths, { state }: HstsContext): HstsStep {
  const next = new Map(state);
  const messages: string[] = [];
  for (const [id, { laststep }] of state) {
    if (laststep + 1 < steps.length) continue;
    const host = findHost(workspace, id);
    if (host === undefined) {
      next.delete(id);
      messages.push(`VirtualHost with id ${id} was not found, unable to make HSTS max-age permanent.`);
    } else if (usesKey(host, paths.privkey) && setMaxAge(workspace, host, permanentMaxAge)) {
      next.delete(id);
      messages.push(`Strict-Transport-Security max-age value for VirtualHost in ${host.file.path} was made permanent.`);
    }
  }
  return { messages, state: next };
}

/** True when a run has anything to do: lets `renew` leave the server alone. */
export function isHstsDue(state: HstsState, nowSeconds: number): boolean {
  return [...state.values()].some((progress) => progress.laststep + 1 < steps.length && isDue(progress, nowSeconds));
}

const isDue = ({ timestamp }: HstsProgress, nowSeconds: number) => timestamp + pauseSeconds <= nowSeconds;

function setMaxAge(workspace: Workspace, host: VirtualHost, seconds: number): boolean {
  const placed = findHeader(current(workspace, host.section), 'strict-transport-security');
  const index = placed?.args.findIndex((value) => value.toLowerCase() === 'strict-transport-security') ?? -1;
  if (placed === undefined || index === -1) return false;
  replaceArgument(placed.node, index + 1, `max-age=${seconds}`);
  workspace.touch();
  return true;
}

function findHost({ tree }: Workspace, id: string): VirtualHost | undefined {
  return tree.hosts.find((host) => idOf(host) === id);
}

function idOf(host: VirtualHost): string | undefined {
  for (const node of host.section.children) {
    const at = node.kind === 'text' ? node.raw.indexOf(marker) : -1;
    if (node.kind === 'text' && at !== -1) return node.raw.slice(at + marker.length).trim();
  }
  return undefined;
}

function usesKey(host: VirtualHost, path: string): boolean {
  return directivesOf(host, 'sslcertificatekeyfile').some(({ args }) => args[0] === toFileText(path));
}

function conflict(name: string, host: VirtualHost): ApacheError {
  return new ApacheError('headerConflict', `the virtual host for "${name}" in "${host.file.path}" sets Strict-Transport-Security already`, {
    details: { name, path: host.file.path },
    hint: 'remove that header if it is to grow by itself',
  });
}
