// Targets that are ready to use: where the program expects its files, how it reads them again, how to see that it did.
// Everything can be overridden by the definition that names the preset.

/** Names of the presets. */
export type PresetName = 'postfix' | 'dovecot' | 'icecast' | 'hitch' | 'haproxy';

/** Definitions as a user could have written them. */
export const presets: Readonly<Record<PresetName, Readonly<Record<string, unknown>>>> = {
  // main.cf: smtpd_tls_chain_files = /etc/postfix/certificate.pem (Postfix 3.4). One file, so key and chain change at once.
  postfix: {
    outputs: [{ format: 'combined', order: ['privkey', 'fullchain'], path: '/etc/postfix/certificate.pem', mode: '0600' }],
    command: ['postfix', 'reload'],
    check: { port: 25, startTls: 'smtp' },
  },
  // 10-ssl.conf: ssl_cert = </etc/dovecot/private/fullchain.pem, ssl_key = </etc/dovecot/private/privkey.pem.
  dovecot: {
    outputs: [
      { format: 'pem', part: 'fullchain', path: '/etc/dovecot/private/fullchain.pem', mode: '0644' },
      { format: 'pem', part: 'privkey', path: '/etc/dovecot/private/privkey.pem', mode: '0600' },
    ],
    command: ['doveadm', 'reload'],
    check: { port: 143, startTls: 'imap' },
  },
  // icecast.xml: <ssl-certificate>/etc/icecast2/certificate.pem</ssl-certificate>. The server runs as icecast2 and reads it itself.
  icecast: {
    outputs: [{ format: 'combined', order: ['fullchain', 'privkey'], path: '/etc/icecast2/certificate.pem', owner: 'icecast2', mode: '0600' }],
    command: ['systemctl', 'reload-or-restart', 'icecast2'],
    check: { port: 8443 },
  },
  // hitch.conf: pem-file = "/etc/hitch/certificate.pem". The key comes first.
  hitch: {
    outputs: [{ format: 'combined', order: ['privkey', 'fullchain'], path: '/etc/hitch/certificate.pem', group: '_hitch', mode: '0640' }],
    command: ['systemctl', 'reload', 'hitch'],
    check: { port: 443 },
  },
  // haproxy.cfg: bind :443 ssl crt /etc/haproxy/certificate.pem. The haproxy plugin does more, without a reload.
  haproxy: {
    outputs: [{ format: 'combined', order: ['fullchain', 'privkey'], path: '/etc/haproxy/certificate.pem', mode: '0600' }],
    command: ['systemctl', 'reload', 'haproxy'],
    check: { port: 443 },
  },
};
