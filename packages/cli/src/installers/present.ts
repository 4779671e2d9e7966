// Which web servers this machine seems to have: cheap looks at programs and folders, without starting anything.
import { accessSync, constants, existsSync } from 'node:fs';
import path from 'node:path';
import type { InstallerName } from '../settings/plugins.ts';
import type { Settings } from '../settings/settings.ts';

/** Where distributions keep server programs, whatever PATH says. */
const systemFolders = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin'];

/** Those of `names` whose program and configuration are there. */
export function presentServers(names: readonly InstallerName[], settings: Settings, environment: Readonly<Record<string, string | undefined>>): readonly InstallerName[] {
  return names.filter((name) => isPresent(name, settings, environment));
}

function isPresent(name: InstallerName, { values }: Settings, environment: Readonly<Record<string, string | undefined>>): boolean {
  const anywhere = (programs: readonly (string | undefined)[]) => programs.some((program) => program !== undefined && isProgram(program, environment));
  switch (name) {
    case 'nginx':
      return anywhere([values.nginxCtl ?? 'nginx']) && exists([values.nginxServerRoot, '/etc/nginx', '/usr/local/etc/nginx', '/usr/pkg/etc/nginx'], 'nginx.conf');
    case 'apache':
      return anywhere([values.apacheCtl, 'apache2ctl', 'apachectl', 'httpd']) && exists([values.apacheServerRoot, '/etc/apache2', '/etc/httpd', '/etc/apache', '/usr/local/etc/apache24'], '');
    case 'haproxy':
    default:
      return anywhere([values.haproxyCtl ?? 'haproxy']) && existsSync(values.haproxyConfig ?? '/etc/haproxy/haproxy.cfg');
  }
}

function exists(folders: readonly (string | undefined)[], file: string): boolean {
  const [typed, ...usual] = folders;
  return (typed === undefined ? usual : [typed]).some((folder) => existsSync(path.join(folder ?? '', file)));
}

function isProgram(program: string, environment: Readonly<Record<string, string | undefined>>): boolean {
  if (program.includes('/')) return isExecutable(program);
  const folders = [...(environment['PATH'] ?? '').split(':').filter((folder) => folder !== ''), ...systemFolders];
  return folders.some((folder) => isExecutable(path.join(folder, program)));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
