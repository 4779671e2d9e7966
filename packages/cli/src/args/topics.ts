// Help topics that are not verbs, with a sentence each. The order is that of `--help all`.

/** Topic → what it is about. */
export const topicTable: Readonly<Record<string, string>> = {
  general: 'Options for every verb',
  automation: 'Options for unattended runs and for answering questions in advance',
  security: 'Keys, chains, profiles and other properties of certificates',
  testing: 'Options for trials',
  paths: 'Folders, files and the server',
  manage: 'Verbs to look after certificates: certificates, delete, renew, revoke',
  plugins: 'How control over the names is proved, and into which web server certificates go',
  standalone: 'Answers HTTP-01 from a small web server that runs only meanwhile',
  webroot: 'Puts HTTP-01 answers into the folder that a running web server serves',
  manual: 'Lets you, or commands of yours, put the answers in place. Commands are told by environment variables: CERTBOT_DOMAIN, CERTBOT_VALIDATION, CERTBOT_TOKEN (HTTP-01), CERTBOT_REMAINING_CHALLENGES, CERTBOT_ALL_DOMAINS, and on clean-up CERTBOT_AUTH_OUTPUT',
  nginx: 'Edits the configuration of nginx, tests it with nginx itself, and reloads it',
  apache: 'Edits the configuration of Apache, tests it with Apache itself, and reloads it',
  haproxy: 'Gives HAProxy certificates, on a running one without a reload',
  'tls-alpn': 'Answers TLS-ALPN-01 from a small TLS server that runs only meanwhile',
  'dns-rfc2136': 'Answers DNS-01 through dynamic updates (RFC 2136) and waits until all name servers show them',
};
