// Whether the content of `<IfDefine>`, `<IfModule>`, `<IfVersion>` and `<IfFile>` counts, and what `${NAME}` stands for.
import { argumentsOf, type SectionNode } from '../parser/nodes.ts';
import { fromFileText } from '../parser/bytes.ts';
import type { ConfigFiles } from './config-files.ts';
import { resolve } from 'node:path';

/** What the server said about itself, and what the walk added on the way. */
export interface Conditions {
  readonly serverRoot: string;
  readonly version: readonly number[];
  /** Names such as `ssl_module`. */
  readonly modules: Set<string>;
  readonly defines: Map<string, string>;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const conditionNames = new Set(['ifdefine', 'ifmodule', 'ifversion', 'iffile']);

/** True for sections that httpd decides about while it reads. */
export function isCondition(section: SectionNode): boolean {
  return conditionNames.has(section.name);
}

/** True when httpd reads the content of the section. */
export function isMet(section: SectionNode, conditions: Conditions, files: ConfigFiles): boolean {
  const [first = '', ...rest] = argumentsOf(section).map((value) => substitute(value, conditions));
  if (section.name === 'ifversion') return versionMatches(rest.length === 0 ? ['=', first] : [first, rest.join(' ')], conditions.version);
  const negated = first.startsWith('!');
  const name = negated ? first.slice(1) : first;
  return holds(section.name, name, { conditions, files }) !== negated;
}

function holds(kind: string, name: string, { conditions, files }: { readonly conditions: Conditions; readonly files: ConfigFiles }): boolean {
  if (kind === 'ifdefine') return conditions.defines.has(name);
  if (kind === 'iffile') return files.isFile(resolve(conditions.serverRoot, fromFileText(name)));
  return conditions.modules.has(moduleIdentifier(name));
}

/** Source files whose module is not called after them. */
const oddModules: Readonly<Record<string, string>> = {
  'core.c': 'core_module',
  'http_core.c': 'http_module',
  'worker.c': 'mpm_worker_module',
  'event.c': 'mpm_event_module',
  'prefork.c': 'mpm_prefork_module',
  'util_ldap.c': 'ldap_module',
  'mod_php.c': 'php_module',
  'sapi_apache2.c': 'php_module',
};

/** The identifier (`ssl_module`) of a module that is named by its source file (`mod_ssl.c`) or by its identifier. */
export function moduleIdentifier(name: string): string {
  if (!name.endsWith('.c')) return name;
  return oddModules[name] ?? `${name.replace(/^mod_/, '').slice(0, -2)}_module`;
}

function versionMatches([operator = '=', wanted = '']: readonly string[], version: readonly number[]): boolean {
  if (wanted.startsWith('/') || operator.startsWith('~') || operator === '!~') return operator !== '!~';
  const parts = wanted.split('.').map(Number);
  let order = 0;
  for (let index = 0; index < 3 && order === 0; index++) order = Math.sign((version[index] ?? 0) - (parts[index] ?? 0));
  const negated = operator.startsWith('!');
  const plain = operator.replace(/^!/, '');
  const results: Readonly<Record<string, boolean>> = { '=': order === 0, '==': order === 0, '>': order > 0, '>=': order >= 0, '<': order < 0, '<=': order <= 0 };
  return (results[plain] ?? true) !== negated;
}

/** Replaces `${NAME}` by what was defined, else by the environment; what is unknown stays, as in httpd. */
export function substitute(value: string, { defines, environment }: Pick<Conditions, 'defines' | 'environment'>): string {
  if (!value.includes('${')) return value;
  return value.replace(/\$\{([^}]*)\}/g, (whole, name: string) => defines.get(name) ?? environment[name] ?? whole);
}
