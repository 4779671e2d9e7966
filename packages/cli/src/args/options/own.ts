// Options of the verbs that Certbot does not have: `ca` and `quickstart`.
import { flag, integerOr, list, text, textOr } from '../option.ts';

export const ownOptions = {
  dataDir: text({ flags: ['--data'], metavar: 'FOLDER', tier: 'own', topics: ['ca', 'quickstart'], help: 'folder that keeps the state', shownDefault: '$XDG_STATE_HOME/certward' }),
  caListen: textOr('127.0.0.1:14000', { flags: ['--listen'], metavar: 'HOST:PORT', tier: 'own', topics: ['ca'], help: 'address and port of the directory; port 0 takes any free one' }),
  caNames: list({ flags: ['--ca-name'], metavar: 'HOST', tier: 'own', topics: ['ca'], help: 'names and addresses under which clients reach the CA', shownDefault: 'the address' }),
  caHttpPort: integerOr(80, { flags: ['--validation-http-port'], minimum: 1, tier: 'own', topics: ['ca'], help: 'port that HTTP-01 validation connects to' }),
  caTlsPort: integerOr(443, { flags: ['--validation-tls-port'], minimum: 1, tier: 'own', topics: ['ca'], help: 'port that TLS-ALPN-01 validation connects to' }),
  caDnsServer: text({ flags: ['--validation-dns-server'], metavar: 'HOST:PORT', tier: 'own', topics: ['ca'], help: 'name server that validation asks', shownDefault: "the system's" }),
  caEab: list({ flags: ['--require-eab'], metavar: 'KID:KEY', tier: 'own', secret: true, topics: ['ca'], help: 'accounts need this external account binding (key in base64url); repeatable' }),
  caInMemory: flag({ flags: ['--in-memory'], tier: 'own', topics: ['ca'], help: 'keep nothing on disk' }),
  once: flag({ flags: ['--once'], tier: 'own', topics: ['quickstart'], help: 'end after the check instead of staying up' }),
} as const;
