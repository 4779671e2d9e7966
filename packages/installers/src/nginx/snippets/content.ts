// The TLS settings that we ship: Mozilla's intermediate configuration, and the finite-field group of RFC 7919.

/** What of it a server understands (§7.3). */
export interface TlsAbilities {
  /** nginx ≥ 1.13.0. */
  readonly tls13: boolean;
  /** nginx ≥ 1.5.9 with OpenSSL ≥ 1.0.2l. */
  readonly ticketsCanBeOff: boolean;
}

const ciphers = [
  'ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305', 'ECDHE-RSA-CHACHA20-POLY1305', 'DHE-RSA-AES128-GCM-SHA256', 'DHE-RSA-AES256-GCM-SHA384',
];

/** The content of options-ssl-nginx.conf. */
export function optionsContent({ tls13, ticketsCanBeOff }: TlsAbilities): string {
  return [
    '# TLS settings for nginx, kept up to date by the certificate client as long as nobody edits this file.',
    '# After Mozilla\'s "intermediate" configuration: https://ssl-config.mozilla.org',
    '',
    'ssl_session_cache shared:le_nginx_SSL:10m;',
    'ssl_session_timeout 1440m;',
    ...(ticketsCanBeOff ? ['ssl_session_tickets off;'] : []),
    '',
    `ssl_protocols TLSv1.2${tls13 ? ' TLSv1.3' : ''};`,
    'ssl_prefer_server_ciphers off;',
    '',
    `ssl_ciphers "${ciphers.join(':')}";`,
    '',
  ].join('\n');
}

/** ffdhe2048 (RFC 7919 appendix A.1). */
export const dhparamsContent = `-----BEGIN DH PARAMETERS-----
MIIBCAKCAQEA//////////+t+FRYortKmq/cViAnPTzx2LnFg84tNpWp4TZBFGQz
+8yTnc4kmz75fS/jY2MMddj2gbICrsRhetPfHtXV/WVhJDP1H18GbtCFY2VVPe0a
87VXE15/V8k1mE8McODmi3fipona8+/och3xWKE2rec1MKzKT0g6eXq8CrGCsyT7
YdEIqUuyyOP7uWrat2DX9GgdT0Kj3jlN9K5W7edjcrsZCwenyO4KbXCeAvzhzffi
7MA0BM0oNC9hkXL+nOmFg/+OTxIy7vKBg8P+OxtMb61zO7X8vC7CIAXFjvGDfRaD
ssbzSibBsu/6iGtCOGEoXJf//////////wIBAg==
-----END DH PARAMETERS-----
`;
