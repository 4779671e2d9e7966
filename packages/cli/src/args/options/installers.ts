// Options of the verbs that work on web servers, and those that belong to one web server's plugin.
// Defaults that depend on the operating system are the plugin's: here such an option is absent unless it is set.
import { flag, integer, integerOr, list, text } from '../option.ts';

const nginx = (name: string, help: string, shownDefault: string) =>
  text({ flags: [`--nginx-${name}`], topics: ['nginx'], saved: `nginx_${name.replaceAll('-', '_')}`, help, shownDefault });

const apache = (name: string, help: string, shownDefault = "the distribution's") =>
  text({ flags: [`--apache-${name}`], topics: ['apache'], saved: `apache_${name.replaceAll('-', '_')}`, help, shownDefault });

const haproxy = (name: string, help: string, shownDefault: string) =>
  text({ flags: [`--haproxy-${name}`], tier: 'own', topics: ['haproxy'], saved: `haproxy_${name.replaceAll('-', '_')}`, help, shownDefault });

export const installerOptions = {
  checkpoints: integerOr(1, { flags: ['--checkpoints'], metavar: 'N', minimum: 0, topics: ['rollback'], help: 'how many changes of the web server configuration are taken back' }),
  changesShown: integer({ flags: ['--num'], metavar: 'N', minimum: 0, topics: ['config_changes'], help: 'how many changes are listed, the newest first', shownDefault: 'all' }),
  showChanges: flag({ flags: ['--show-changes'], tier: 'own', topics: ['plugins', 'run', 'install', 'enhance'], help: 'print what would change in the web server configuration, as a diff, and change nothing' }),
  targets: list({ flags: ['--target'], metavar: 'FILE', tier: 'own', topics: ['install'], help: 'files that another program gets, and how it is told: a definition in JSON, or postfix, dovecot, icecast, hitch, haproxy. Kept, and applied again at each renewal; repeatable' }),
  pluginsInit: flag({ flags: ['--init'], topics: ['plugins'], help: 'list only plugins that can be used with these options' }),
  pluginsPrepare: flag({ flags: ['--prepare'], topics: ['plugins'], help: 'look for each web server and say whether it is usable' }),
  pluginsAuthenticators: flag({ flags: ['--authenticators'], topics: ['plugins'], help: 'list only plugins that prove control' }),
  pluginsInstallers: flag({ flags: ['--installers'], topics: ['plugins'], help: 'list only plugins that install' }),
  nginxServerRoot: nginx('server-root', 'folder of nginx.conf', '/etc/nginx, or where the system has it'),
  nginxCtl: nginx('ctl', 'the nginx program; it tests and reloads', 'nginx'),
  nginxSleepSeconds: integer({ flags: ['--nginx-sleep-seconds'], minimum: 0, topics: ['nginx'], saved: 'nginx_sleep_seconds', help: 'seconds to let nginx reload before the CA looks', shownDefault: '1' }),
  apacheEnmod: apache('enmod', 'program that enables a module'),
  apacheDismod: apache('dismod', 'program that disables a module'),
  apacheLeVhostExt: apache('le-vhost-ext', 'end of the file names of HTTPS virtual hosts', '-le-ssl.conf'),
  apacheServerRoot: apache('server-root', 'folder of the configuration'),
  apacheVhostRoot: apache('vhost-root', 'folder of the virtual hosts'),
  apacheLogsRoot: apache('logs-root', 'folder of the logs'),
  apacheChallengeLocation: apache('challenge-location', 'folder of the temporary files of HTTP-01'),
  apacheHandleModules: apache('handle-modules', 'True: modules that are needed are enabled'),
  apacheHandleSites: apache('handle-sites', 'True: new virtual hosts are enabled by a link'),
  apacheCtl: apache('ctl', 'the apachectl program'),
  apacheBin: apache('bin', 'the Apache program itself'),
  haproxyConfig: haproxy('config', 'configuration file, or folder of *.cfg files', '/etc/haproxy/haproxy.cfg'),
  haproxyPemDir: haproxy('pem-dir', 'folder for certificates that the configuration does not place elsewhere', '/etc/haproxy/certs'),
  haproxyStatsSocket: haproxy('stats-socket', 'run-time interface (path, or host:port) with level admin; with it a renewed certificate needs no reload', 'none'),
  haproxyMasterSocket: haproxy('master-socket', 'socket of the master process (haproxy -S), for reloads', 'none'),
  haproxyPidFile: haproxy('pid-file', 'file with the process id of the master, for reloads', 'none'),
  haproxyReloadCommand: haproxy('reload-command', 'program and arguments, separated by blanks, that reload HAProxy; no shell reads it', 'systemctl reload haproxy'),
  haproxyCtl: haproxy('ctl', 'the HAProxy program; it tests the configuration', 'haproxy'),
} as const;
