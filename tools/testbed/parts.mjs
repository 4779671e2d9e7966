// What the tests need from Debian, as data: packages of the machine itself, and newer releases unpacked beside the project.
// How they get there is in install.mjs.

/**
 * @typedef {{ readonly package: string, readonly probe: string }} MachinePart
 *   `probe` is a program's name, or an absolute path that exists once the package is installed.
 * @typedef {{ readonly name: string, readonly suites: readonly string[], readonly program: string, readonly versionArguments: readonly string[] }} SuitePart
 *   The package `name` from the first of `suites` that has it; `program` is its path inside the package.
 */

/** @type {readonly MachinePart[]} */
export const machineParts = [
  { package: 'bind9', probe: 'named' },
  { package: 'bind9-dnsutils', probe: 'dig' },
  { package: 'knot', probe: 'knotd' },
  { package: 'certbot', probe: 'certbot' },
  { package: 'python3-certbot-dns-rfc2136', probe: '/usr/lib/python3/dist-packages/certbot_dns_rfc2136/__init__.py' },
  { package: 'lego', probe: 'lego' },
  { package: 'dehydrated', probe: 'dehydrated' },
  { package: 'uacme', probe: 'uacme' },
  { package: 'pebble', probe: 'pebble' },
  { package: 'nginx', probe: 'nginx' },
  { package: 'libnginx-mod-http-lua', probe: '/usr/lib/nginx/modules/ngx_http_lua_module.so' },
  { package: 'apache2', probe: 'apache2' },
  { package: 'haproxy', probe: 'haproxy' },
  { package: 'python3-certbot-nginx', probe: '/usr/lib/python3/dist-packages/certbot_nginx/__init__.py' },
  { package: 'python3-certbot-apache', probe: '/usr/lib/python3/dist-packages/certbot_apache/__init__.py' },
  { package: 'postfix', probe: 'postfix' },
  { package: 'dovecot-core', probe: 'dovecot' },
  { package: 'dovecot-imapd', probe: '/usr/lib/dovecot/imap-login' },
  { package: 'dovecot-pop3d', probe: '/usr/lib/dovecot/pop3-login' },
  { package: 'hitch', probe: 'hitch' },
  { package: 'default-jre-headless', probe: 'keytool' },
  { package: 'wrk', probe: 'wrk' },
  { package: 'hyperfine', probe: 'hyperfine' },
  { package: 'faketime', probe: 'faketime' },
  { package: 'strace', probe: 'strace' },
  { package: 'openssl', probe: 'openssl' },
  { package: 'iproute2', probe: 'ip' },
];

/**
 * Each lands in a folder `<name>-<first suite>`. The newest that the suite has is taken, because a moving suite keeps no
 * older one: tests look at what a server offers, not at its number.
 * @type {readonly SuitePart[]}
 */
export const suiteParts = [
  { name: 'pebble', suites: ['sid'], program: 'usr/bin/pebble', versionArguments: ['-version'] },
  { name: 'pebble', suites: ['trixie'], program: 'usr/bin/pebble', versionArguments: ['-version'] },
  { name: 'lego', suites: ['sid', 'trixie-backports'], program: 'usr/bin/lego', versionArguments: ['--version'] },
  { name: 'caddy', suites: ['sid', 'trixie-backports'], program: 'usr/bin/caddy', versionArguments: ['version'] },
];

/**
 * The folder of a part under the test-bed's cache.
 * @param {SuitePart} part
 */
export function folderName(part) {
  return `${part.name}-${part.suites[0]}`;
}
