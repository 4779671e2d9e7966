// Options of ours: of the verbs that Certbot does not have, and of others what it lacks.
import { flag, integerOr, list, text, textOr } from '../option.ts';

export const ownOptions = {
  newName: text({ flags: ['--new-name'], metavar: 'CERTNAME', tier: 'own', topics: ['rename'], help: 'the name that the certificate gets' }),
  install: flag({ flags: ['--install'], tier: 'own', topics: ['timer'], help: 'write the units and start the timer' }),
  remove: flag({ flags: ['--remove'], tier: 'own', topics: ['timer'], help: 'stop the timer and remove the units' }),
  unitDir: textOr('/etc/systemd/system', { flags: ['--unit-dir'], metavar: 'FOLDER', tier: 'own', topics: ['timer'], help: 'folder of the units; systemd is told of changes only for the default one' }),
  prefix: text({ flags: ['--prefix'], metavar: 'FOLDER', tier: 'own', topics: ['paths'], help: 'folder in which config, work and logs take the place of the three usual folders, for running without root' }),
  accountKeyType: textOr('rsa', { flags: ['--account-key-type'], choices: ['rsa', 'ecdsa'], tier: 'own', topics: ['register', 'rollover_account_key'], help: 'type of a new account key; Certbot cannot use an account with an ecdsa key' }),
  identifierLabel: textOr('Identifiers', { flags: ['--identifier-label'], choices: ['Identifiers', 'Domains'], tier: 'own', topics: ['certificates'], help: 'how lists of names are labelled; Certbot said Domains up to 5.1' }),
  dataDir: text({ flags: ['--data'], metavar: 'FOLDER', tier: 'own', topics: ['ca', 'quickstart'], help: 'folder that keeps the state', shownDefault: '$XDG_STATE_HOME/certward' }),
  caAddress: textOr('127.0.0.1', { flags: ['--address'], tier: 'own', topics: ['ca'], help: 'address that the CA listens on' }),
  caPort: integerOr(14000, { flags: ['--port'], minimum: 0, tier: 'own', topics: ['ca'], help: 'port that the CA listens on; 0 takes any free one' }),
  caNames: list({ flags: ['--ca-name'], metavar: 'HOST', tier: 'own', topics: ['ca'], help: 'names and addresses under which clients reach the CA', shownDefault: 'the address' }),
  caHttpPort: integerOr(80, { flags: ['--validation-http-port'], minimum: 1, tier: 'own', topics: ['ca'], help: 'port that HTTP-01 validation connects to' }),
  caTlsPort: integerOr(443, { flags: ['--validation-tls-port'], minimum: 1, tier: 'own', topics: ['ca'], help: 'port that TLS-ALPN-01 validation connects to' }),
  caDnsServers: list({ flags: ['--validation-dns-server'], metavar: 'ADDRESS:PORT', tier: 'own', topics: ['ca'], help: 'name server that validation asks; repeatable', shownDefault: "the system's" }),
  caEab: list({ flags: ['--require-eab'], metavar: 'KID:KEY', tier: 'own', secret: true, topics: ['ca'], help: 'accounts need this external account binding (key in base64url); repeatable' }),
  caHosts: list({ flags: ['--validation-host'], metavar: 'NAME=ADDRESS', tier: 'own', topics: ['ca'], help: 'address of a name during validation, asked before DNS; * stands for every name; repeatable' }),
  caRoots: integerOr(1, { flags: ['--roots'], metavar: 'N', minimum: 1, tier: 'own', topics: ['ca'], help: 'how many roots sign the intermediate; each beyond the first gives an alternate chain' }),
  caInMemory: flag({ flags: ['--in-memory'], tier: 'own', topics: ['ca'], help: 'keep nothing on disk' }),
  once: flag({ flags: ['--once'], tier: 'own', topics: ['quickstart'], help: 'end after the check instead of staying up' }),
} as const;
