// Real mail servers with configurations of their own, on free ports of loopback.
import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { promisify } from 'node:util';

import { parseCertificate } from '@certward/pki';
import { createServerIdentity, findBinary, freePorts, startProcess, temporaryFolder } from '@certward/testing';

/** A lineage's files, written anew each time. */
export async function writeLineage(folder: string) {
  const identity = await createServerIdentity(['mail.test']);
  mkdirSync(folder, { recursive: true });
  const paths = { cert: `${folder}/cert.pem`, chain: `${folder}/chain.pem`, fullchain: `${folder}/fullchain.pem`, privkey: `${folder}/privkey.pem` };
  writeFileSync(paths.cert, identity.certificatePem);
  writeFileSync(paths.chain, identity.trustedCaPem);
  writeFileSync(paths.fullchain, identity.certificatePem + identity.trustedCaPem);
  writeFileSync(paths.privkey, identity.keyPem, { mode: 0o600 });
  return paths;
}

/** Whether something accepts connections. */
const answers = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });

/** Starts Postfix; its certificate is expected at `tls/certificate.pem` in its folder. */
export async function startPostfix() {
  const folder = await temporaryFolder('postfix');
  // The server's own users walk through here.
  chmodSync(folder.path, 0o755);
  for (const name of ['etc', 'queue', 'data', 'tls', 'live']) mkdirSync(folder.join(name));
  // The server writes its data as its own user, and insists on it.
  chownSync(folder.join('data'), Number(execFileSync('id', ['-u', 'postfix'], { encoding: 'utf8' })), 0);
  const [port = 0, smtps = 0] = await freePorts(2);
  writeFileSync(folder.join('etc/main.cf'), `compatibility_level = 3.6
queue_directory = ${folder.join('queue')}
data_directory = ${folder.join('data')}
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mail.test
mydestination =
inet_interfaces = loopback-only
inet_protocols = ipv4
alias_maps =
alias_database =
multi_instance_enable = no
maillog_file_prefixes = ${folder.path}
maillog_file = ${folder.join('log')}
smtpd_tls_chain_files = ${folder.join('tls/certificate.pem')}
smtpd_tls_security_level = may
smtpd_tls_session_cache_database =
`);
  const service = (name: string, type: string, program: string, options = '') => `${name} ${type} ${type === 'inet' ? 'n' : 'y'} - n - - ${program} ${options}\n`;
  writeFileSync(folder.join('etc/master.cf'), [
    service(`127.0.0.1:${port}`, 'inet', 'smtpd'),
    service(`127.0.0.1:${smtps}`, 'inet', 'smtpd', '-o smtpd_tls_wrappermode=yes'),
    'postlog unix-dgram n - n - 1 postlogd\n',
    'proxymap unix - - n - - proxymap\ncleanup unix n - n - 0 cleanup\nrewrite unix - - n - - trivial-rewrite\nanvil unix - - n - 1 anvil\ntlsmgr unix - - n 1000? 1 tlsmgr\nqmgr unix n - n 300 1 qmgr\npickup unix n - n 60 1 pickup\n',
  ].join(''));
  const command = findBinary('postfix');
  const start = () => {
    // Makes the folders of the queue.
    execFileSync(command, ['-c', folder.join('etc'), 'check']);
    return startProcess({ command: '/usr/lib/postfix/sbin/master', args: ['-c', folder.join('etc'), '-d'], env: { MAIL_CONFIG: folder.join('etc') }, name: 'postfix', ready: () => answers(port), stopPatienceMs: 5_000 });
  };
  return { folder, port, smtps, start, reload: [command, '-c', folder.join('etc'), 'reload'], [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

/** Starts Dovecot with IMAP and POP3; its certificate is expected in `tls/`. */
export async function startDovecot() {
  const folder = await temporaryFolder('dovecot');
  chmodSync(folder.path, 0o755);
  for (const name of ['run', 'state', 'tls', 'live']) mkdirSync(folder.join(name));
  const [imap = 0, imaps = 0, pop3 = 0] = await freePorts(3);
  writeFileSync(folder.join('dovecot.conf'), `base_dir = ${folder.join('run')}
state_dir = ${folder.join('state')}
log_path = /dev/stderr
protocols = imap pop3
listen = 127.0.0.1
ssl = yes
ssl_cert = <${folder.join('tls/fullchain.pem')}
ssl_key = <${folder.join('tls/privkey.pem')}
passdb {
  driver = static
  args = nopassword=y
}
userdb {
  driver = static
  args = uid=65534 gid=65534 home=/nonexistent
}
service imap-login {
  inet_listener imap {
    port = ${imap}
  }
  inet_listener imaps {
    port = ${imaps}
    ssl = yes
  }
}
service pop3-login {
  inet_listener pop3 {
    port = ${pop3}
  }
  inet_listener pop3s {
    port = 0
  }
}
`);
  const config = folder.join('dovecot.conf');
  const start = () => startProcess({ command: findBinary('dovecot'), args: ['-F', '-c', config], name: 'dovecot', ready: () => answers(imap), stopPatienceMs: 5_000 });
  return { folder, imap, imaps, pop3, start, reload: [findBinary('doveadm'), '-c', config, 'reload'], [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

/** Starts hitch before nothing; its certificate is expected at `tls/certificate.pem`. */
export async function startHitch() {
  const folder = await temporaryFolder('hitch');
  chmodSync(folder.path, 0o755);
  for (const name of ['tls', 'live']) mkdirSync(folder.join(name));
  const [port = 0] = await freePorts(1);
  writeFileSync(folder.join('hitch.conf'), `frontend = "[127.0.0.1]:${port}"\nbackend = "[127.0.0.1]:1"\npem-file = "${folder.join('tls/certificate.pem')}"\nworkers = 1\nuser = "_hitch"\ngroup = "_hitch"\ndaemon = off\nocsp-dir = ""\n`);
  const start = () => startProcess({ command: findBinary('hitch'), args: [`--config=${folder.join('hitch.conf')}`], name: 'hitch', ready: () => answers(port) });
  return { folder, port, start, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

const protocols = { smtp: '-starttls smtp', imap: '-starttls imap', pop3: '-starttls pop3' } as const;

/** What OpenSSL's client is served: somebody else's view than that of the code under test. */
export async function servedFingerprint(port: number, protocol?: keyof typeof protocols): Promise<string> {
  const starttls = protocol === undefined ? [] : protocols[protocol].split(' ');
  const shown = await promisify(execFile)('/bin/sh', ['-c', '"$0" s_client "$@" < /dev/null 2> /dev/null', findBinary('openssl'), '-connect', `127.0.0.1:${port}`, ...starttls]);
  const pem = /-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----/.exec(shown.stdout)?.[0] ?? '';
  return parseCertificate(pem).fingerprintSha256;
}
