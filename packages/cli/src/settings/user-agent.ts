// What we tell the CA about this program: product, system, verb and what kind of run it is. No names, no addresses.
import { readFileSync } from 'node:fs';
import { version } from '../version.ts';
import type { Settings } from './settings.ts';

/** The User-Agent of a run; `--user-agent` replaces it. */
export function userAgentOf({ values }: Settings, run: { readonly verb: string; readonly authenticator?: string | undefined }): string {
  if (values.userAgent !== undefined) return values.userAgent;
  const { duplicate, forceRenewal, allowSubsetOfNames, nonInteractive, preHook, postHook, deployHook, userAgentComment } = values;
  const flags = [
    duplicate ? 'dup' : '',
    forceRenewal ? 'frn' : '',
    allowSubsetOfNames ? 'asn' : '',
    nonInteractive ? 'n' : '',
    (preHook ?? postHook ?? deployHook) === undefined ? '' : 'hook',
  ].filter((one) => one !== '');
  const system = userAgentComment === undefined ? systemName() : `${systemName()}; ${userAgentComment}`;
  return `certward/${version} (${system}) Authenticator/${run.authenticator ?? 'none'} (${run.verb}; flags: ${flags.join(' ')}) Node/${process.versions.node}`;
}

/** The distribution's name; header values must be plain ASCII. */
function systemName(): string {
  try {
    const name = /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1];
    if (name !== undefined && name !== '') return name.replaceAll(/[^\x20-\x7E]|[()]/g, '');
  } catch {
    // Not a Linux with that file.
  }
  return process.platform;
}
