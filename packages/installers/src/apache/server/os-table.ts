// Where distributions put Apache and what its programs are called. Chosen by /etc/os-release: ID first, then ID_LIKE.
import { tryReadTextFile } from '@certward/engine';

/** Places and programs of Apache. */
export interface ApacheLayout {
  readonly serverRoot: string;
  /** Where new virtual host files go. */
  readonly vhostRoot: string;
  readonly logsRoot: string;
  readonly ctl: string;
  /** httpd itself. Asked in place of `ctl` where that takes no options (RHEL 9 and later). */
  readonly bin: string | undefined;
  readonly enmod: string | undefined;
  readonly dismod: string | undefined;
  readonly leVhostExt: string;
  readonly handleModules: boolean;
  readonly handleSites: boolean;
  readonly challengeLocation: string;
}

const common = {
  serverRoot: '/etc/apache2',
  vhostRoot: '/etc/apache2/sites-available',
  logsRoot: '/var/log/apache2',
  ctl: 'apache2ctl',
  bin: undefined,
  enmod: undefined,
  dismod: undefined,
  leVhostExt: '-le-ssl.conf',
  handleModules: false,
  handleSites: false,
  challengeLocation: '/etc/apache2',
} as const satisfies ApacheLayout;

const debian: ApacheLayout = { ...common, enmod: 'a2enmod', dismod: 'a2dismod', handleModules: true, handleSites: true };
const httpd = { ...common, serverRoot: '/etc/httpd', logsRoot: '/var/log/httpd', ctl: 'apachectl' } as const;
const redHat: ApacheLayout = { ...httpd, vhostRoot: '/etc/httpd/conf.d', challengeLocation: '/etc/httpd/conf.d', bin: 'httpd' };
const suse: ApacheLayout = {
  ...common,
  vhostRoot: '/etc/apache2/vhosts.d',
  challengeLocation: '/etc/apache2/vhosts.d',
  ctl: 'apachectl',
  enmod: 'a2enmod',
  dismod: 'a2dismod',
};

/** By the `ID` of os-release. */
const layouts: Readonly<Record<string, ApacheLayout>> = {
  debian,
  ubuntu: debian,
  linuxmint: debian,
  rhel: redHat,
  centos: redHat,
  fedora: redHat,
  rocky: redHat,
  almalinux: redHat,
  ol: redHat,
  amzn: redHat,
  scientific: redHat,
  cloudlinux: redHat,
  arch: { ...httpd, vhostRoot: '/etc/httpd/conf', challengeLocation: '/etc/httpd/conf' },
  manjaro: { ...httpd, vhostRoot: '/etc/httpd/conf', challengeLocation: '/etc/httpd/conf' },
  opensuse: suse,
  'opensuse-leap': suse,
  'opensuse-tumbleweed': suse,
  sles: suse,
  suse,
  gentoo: { ...common, vhostRoot: '/etc/apache2/vhosts.d', challengeLocation: '/etc/apache2/vhosts.d' },
  alpine: { ...common, vhostRoot: '/etc/apache2/conf.d', challengeLocation: '/etc/apache2/conf.d', ctl: 'apachectl' },
  void: { ...common, serverRoot: '/etc/apache', vhostRoot: '/etc/apache/extra', logsRoot: '/var/log/httpd', ctl: 'apachectl', challengeLocation: '/etc/apache/extra' },
  darwin: { ...common, vhostRoot: '/etc/apache2/other', challengeLocation: '/etc/apache2/other', ctl: 'apachectl' },
};

/** The layout for the text of os-release; for an unknown system the plain one, which manages neither modules nor sites. */
export function layoutForOsRelease(text: string | undefined, platform: string = process.platform): ApacheLayout {
  const field = (name: string) => new RegExp(`^${name}=["']?([^"'\\n]*)`, 'm').exec(text ?? '')?.[1] ?? '';
  const ids = [...(platform === 'darwin' ? ['darwin'] : []), field('ID'), ...field('ID_LIKE').split(' ')];
  const found = ids.map((id) => id.toLowerCase()).find((id) => Object.hasOwn(layouts, id));
  return (found === undefined ? undefined : layouts[found]) ?? common;
}

/** The layout of this machine. */
export function defaultApacheLayout(): ApacheLayout {
  return layoutForOsRelease(tryReadTextFile('/etc/os-release') ?? tryReadTextFile('/usr/lib/os-release'));
}
