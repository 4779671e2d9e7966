// Options that select an authenticator or installer, and those that belong to one of them.
import { flag, integerOr, list, text, textOr } from '../option.ts';

const shortcut = (name: string, help: string) => flag({ flags: [`--${name}`], topics: ['plugins'], help });

/** DNS plugins that Certbot knows by a shortcut; only some of them exist here, the others are refused by name. */
const foreignDns = (vendor: string) => flag({ flags: [`--dns-${vendor}`], topics: ['plugins'], help: '', hidden: true });

export const pluginOptions = {
  authenticator: text({ flags: ['-a', '--authenticator'], topics: ['plugins'], saved: 'authenticator', help: 'how control over the names is proved' }),
  installer: text({ flags: ['-i', '--installer'], topics: ['plugins'], saved: 'installer', help: 'which web server gets the certificate' }),
  configurator: text({ flags: ['--configurator'], topics: ['plugins'], help: 'the same plugin as authenticator and installer' }),
  apache: shortcut('apache', 'prove control through Apache and install into it'),
  nginx: shortcut('nginx', 'prove control through nginx and install into it'),
  haproxy: flag({ flags: ['--haproxy'], tier: 'own', topics: ['plugins'], help: 'prove control through HAProxy and install into it' }),
  standalone: shortcut('standalone', 'answer HTTP-01 from a small web server of our own'),
  webroot: shortcut('webroot', "put HTTP-01 answers into a running web server's folder"),
  manual: shortcut('manual', 'prove control by hand or with your own commands'),
  tlsAlpn: flag({ flags: ['--tls-alpn'], tier: 'own', topics: ['plugins'], help: 'answer TLS-ALPN-01 from a small TLS server of our own' }),
  dnsRfc2136: shortcut('dns-rfc2136', 'prove control with TXT records through RFC 2136 updates'),
  dnsCloudflare: foreignDns('cloudflare'),
  dnsCloudxns: foreignDns('cloudxns'),
  dnsDigitalocean: foreignDns('digitalocean'),
  dnsDnsimple: foreignDns('dnsimple'),
  dnsDnsmadeeasy: foreignDns('dnsmadeeasy'),
  dnsGehirn: foreignDns('gehirn'),
  dnsGoogle: foreignDns('google'),
  dnsLinode: foreignDns('linode'),
  dnsLuadns: foreignDns('luadns'),
  dnsNsone: foreignDns('nsone'),
  dnsOvh: foreignDns('ovh'),
  dnsRoute53: foreignDns('route53'),
  dnsSakuracloud: foreignDns('sakuracloud'),
  http01Port: integerOr(80, { flags: ['--http-01-port'], minimum: 0, topics: ['standalone', 'testing', 'certonly'], saved: 'http01_port', help: 'port that we listen on for HTTP-01; the CA still connects to port 80' }),
  http01Address: textOr('', { flags: ['--http-01-address'], topics: ['standalone', 'testing', 'certonly'], saved: 'http01_address', help: 'address that we listen on for HTTP-01', shownDefault: 'all' }),
  httpsPort: integerOr(443, { flags: ['--https-port'], minimum: 0, topics: ['testing'], help: 'port that web servers are made to listen on' }),
  tlsAlpn01Port: integerOr(443, { flags: ['--tls-alpn-01-port'], tier: 'own', minimum: 0, topics: ['tls-alpn'], saved: 'tls_alpn_01_port', help: 'port that we listen on for TLS-ALPN-01; the CA still connects to port 443' }),
  tlsAlpn01Address: textOr('', { flags: ['--tls-alpn-01-address'], tier: 'own', topics: ['tls-alpn'], saved: 'tls_alpn_01_address', help: 'address that we listen on for TLS-ALPN-01', shownDefault: 'all' }),
  webrootPath: list({ flags: ['-w', '--webroot-path'], topics: ['webroot'], saved: 'webroot_path', help: 'web root for the -d that follow; one for all when there is only one', shownDefault: 'ask' }),
  webrootMap: textOr('', { flags: ['--webroot-map'], topics: ['webroot'], help: 'JSON object from names (comma-separated) to web roots; it also names the names', shownDefault: 'none' }),
  manualAuthHook: text({ flags: ['--manual-auth-hook'], topics: ['manual'], saved: 'manual_auth_hook', help: 'command that puts one answer in place; it is told by CERTBOT_DOMAIN, CERTBOT_VALIDATION, CERTBOT_TOKEN' }),
  manualCleanupHook: text({ flags: ['--manual-cleanup-hook'], topics: ['manual'], saved: 'manual_cleanup_hook', help: 'command that removes one answer' }),
  dnsRfc2136Credentials: text({ flags: ['--dns-rfc2136-credentials'], topics: ['dns-rfc2136'], saved: 'dns_rfc2136_credentials', help: 'INI file with dns_rfc2136_server, _port, _name, _secret, _algorithm' }),
  dnsRfc2136PropagationSeconds: integerOr(60, { flags: ['--dns-rfc2136-propagation-seconds'], minimum: 0, topics: ['dns-rfc2136'], saved: 'dns_rfc2136_propagation_seconds', help: 'longest time to wait until all name servers answer with the record' }),
} as const;
