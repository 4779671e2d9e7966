// A Debian-style Apache of a test's own: configuration, modules and logs in a temporary folder, free ports, the real httpd.
import { chmod, cp, lstat, mkdir, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { findBinary, freePorts, type RunningProcess, startProcess, type TemporaryFolder, temporaryFolder } from '@certward/testing';

/** A folder with everything that an Apache needs, and the programs that manage it. */
export interface ApacheRoot extends AsyncDisposable {
  readonly folder: TemporaryFolder;
  readonly serverRoot: string;
  readonly configDir: string;
  readonly workDir: string;
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly ctl: string;
  readonly enmod: string;
  readonly dismod: string;
  /** Writes a site and enables it. */
  addSite(name: string, text: string): Promise<string>;
  start(): Promise<RunningProcess>;
  /** Everything below the server root: content, mode and links. */
  snapshot(): Promise<Record<string, string>>;
}

/** What differs from the usual. */
export interface ApacheRootOptions {
  readonly modules?: readonly string[];
  readonly httpPort?: number;
  readonly httpsPort?: number;
  /** Apache is not to be started: `graceful` of the control script then does nothing. */
  readonly quiet?: boolean;
}

const defaultModules = ['mpm_event', 'authz_core', 'authz_host', 'dir', 'alias', 'env'];

/** Makes the folder; nothing runs yet. */
export async function createApacheRoot(options: ApacheRootOptions = {}): Promise<ApacheRoot> {
  const folder = await temporaryFolder('apache');
  // httpd's children run as another user and serve files from here.
  await chmod(folder.path, 0o755);
  const [freeHttp = 0, freeHttps = 0] = await freePorts(2);
  const { httpPort = freeHttp, httpsPort = freeHttps } = options;
  const serverRoot = folder.join('apache2');
  for (const name of ['apache2/mods-enabled', 'apache2/sites-available', 'apache2/sites-enabled', 'run', 'log', 'state', 'config', 'work', 'www', 'bin']) {
    await mkdir(folder.join(name), { recursive: true });
  }
  await cp('/etc/apache2/mods-available', join(serverRoot, 'mods-available'), { recursive: true });
  await writeFile(join(serverRoot, 'apache2.conf'), mainConfig(folder.path));
  await writeFile(join(serverRoot, 'ports.conf'), portsConfig(httpPort, httpsPort));
  await writeFile(join(serverRoot, 'envvars'), '');
  await writeFile(folder.join('www/index.html'), 'hello\n');
  await writeFile(folder.join('www/.htaccess'), '');
  const programs = await writePrograms(folder, serverRoot, options.quiet === true);
  for (const module of options.modules ?? defaultModules) await enableModule(serverRoot, module);
  return {
    folder,
    serverRoot,
    configDir: folder.join('config'),
    workDir: folder.join('work'),
    httpPort,
    httpsPort,
    ...programs,
    async addSite(name, text) {
      const path = join(serverRoot, 'sites-available', name);
      await writeFile(path, text);
      await rm(join(serverRoot, 'sites-enabled', name), { force: true });
      await symlink(`../sites-available/${name}`, join(serverRoot, 'sites-enabled', name));
      return path;
    },
    start: () =>
      startProcess({
        command: programs.ctl,
        args: ['-DFOREGROUND'],
        name: 'apache2',
        ready: () => accepts(httpPort),
      }),
    snapshot: () => snapshotOf(serverRoot),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

async function enableModule(serverRoot: string, module: string): Promise<void> {
  for (const file of [`${module}.load`, `${module}.conf`]) {
    const there = await lstat(join(serverRoot, 'mods-available', file)).then(() => true, () => false);
    if (there) await symlink(`../mods-available/${file}`, join(serverRoot, 'mods-enabled', file));
  }
}

const mainConfig = (folder: string) => `# Main configuration
DefaultRuntimeDir \${APACHE_RUN_DIR}
PidFile \${APACHE_PID_FILE}
Mutex file:${folder}/run default
User \${APACHE_RUN_USER}
Group \${APACHE_RUN_GROUP}
ServerName test.invalid
ErrorLog \${APACHE_LOG_DIR}/error.log
LogLevel warn
StartServers 1

# Include module configuration:
IncludeOptional mods-enabled/*.load
IncludeOptional mods-enabled/*.conf

# Include list of ports to listen on
Include ports.conf

<Directory ${folder}/www>
	Require all granted
</Directory>

# Include the virtual host configurations:
IncludeOptional sites-enabled/*.conf
`;

const portsConfig = (http: number, https: number) => `Listen 127.0.0.1:${http}

<IfModule ssl_module>
	Listen 127.0.0.1:${https} https
</IfModule>
`;

async function writePrograms(folder: TemporaryFolder, serverRoot: string, quiet: boolean) {
  const environment = [
    `export APACHE_RUN_DIR=${folder.join('run')} APACHE_LOG_DIR=${folder.join('log')} APACHE_PID_FILE=${folder.join('run/apache2.pid')}`,
    'export APACHE_RUN_USER=www-data APACHE_RUN_GROUP=www-data',
    `export APACHE_CONFDIR=${serverRoot} APACHE_STATE_DIRECTORY=${folder.join('state')} APACHE_ENVVARS=${join(serverRoot, 'envvars')}`,
  ].join('\n');
  const httpd = `${findBinary('apache2')} -d ${serverRoot} -f ${join(serverRoot, 'apache2.conf')}`;
  const control = `case "$1" in\n  configtest) exec ${httpd} -t ;;\n  graceful|start|stop|restart) ${quiet ? 'exit 0' : `exec ${httpd} -k "$1"`} ;;\n  *) exec ${httpd} "$@" ;;\nesac`;
  const write = async (name: string, body: string) => {
    await writeFile(folder.join('bin', name), `#!/bin/sh\n${environment}\n${body}\n`, { mode: 0o755 });
    return folder.join('bin', name);
  };
  return {
    ctl: await write('apache2ctl', control),
    enmod: await write('a2enmod', `exec ${findBinary('a2enmod')} "$@"`),
    dismod: await write('a2dismod', `exec ${findBinary('a2dismod')} "$@"`),
  };
}

async function snapshotOf(root: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(root, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    const { mode, uid, gid } = await lstat(path);
    if (entry.isSymbolicLink()) found[path] = `link to ${await readlink(path)}`;
    else if (entry.isFile()) found[path] = `${mode.toString(8)} ${uid} ${gid} ${await readFile(path, 'latin1')}`;
  }
  return found;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTcp({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
