// The verbs: what each is called, what one line says about it, and how it is used. What a verb does is in `commands/`.

/** The verbs that the command has. */
export type Verb =
  | 'run'
  | 'certonly'
  | 'renew'
  | 'certificates'
  | 'revoke'
  | 'reconfigure'
  | 'rename'
  | 'timer'
  | 'update_symlinks'
  | 'delete'
  | 'install'
  | 'enhance'
  | 'rollback'
  | 'config_changes'
  | 'plugins'
  | 'register'
  | 'unregister'
  | 'update_account'
  | 'show_account'
  | 'rollover_account_key'
  | 'ca'
  | 'quickstart';

/** What help says about a verb. */
export interface VerbDescription {
  readonly group: 'obtain' | 'manage' | 'account' | 'own';
  readonly summary: string;
  readonly usage: string;
  readonly description: string;
  readonly examples: readonly string[];
}

export const verbTable = {
  run: {
    group: 'obtain',
    summary: 'Obtain a certificate and put it into the web server',
    usage: '[options] [-d DOMAIN] [-d DOMAIN] ...',
    description: 'Obtains or renews a certificate and installs it into the web server.',
    examples: ['run --nginx', 'run --apache -d example.com -d www.example.com', 'run --webroot -w /srv/www -d example.com -i nginx', 'run --nginx --show-changes'],
  },
  certonly: {
    group: 'obtain',
    summary: 'Obtain or renew a certificate without installing it',
    usage: 'certonly [options] [-d DOMAIN] [-d DOMAIN] ...',
    description: 'Obtains a certificate, or renews the one that has the same names, and saves it.',
    examples: [
      'certonly --standalone -d example.com -d www.example.com',
      'certonly --webroot -w /srv/www -d example.com -w /srv/blog -d blog.example.com',
      'certonly --dns-rfc2136 --dns-rfc2136-credentials /etc/letsencrypt/rfc2136.ini -d "*.example.com"',
    ],
  },
  renew: {
    group: 'obtain',
    summary: 'Renew all certificates that are due',
    usage: 'renew [--cert-name CERTNAME] [options]',
    description: 'Renews every certificate that is due, with the settings it was obtained with. Meant to be run by a timer.',
    examples: ['renew', 'renew --dry-run', 'renew --cert-name example.com --force-renewal'],
  },
  certificates: {
    group: 'manage',
    summary: 'List certificates',
    usage: 'certificates [options] ...',
    description: 'Lists the certificates, or those selected by --cert-name or -d.',
    examples: ['certificates', 'certificates --json', 'certificates -d www.example.com'],
  },
  reconfigure: {
    group: 'manage',
    summary: 'Change the stored settings of a certificate',
    usage: 'reconfigure --cert-name CERTNAME [options]',
    description: 'Changes the settings that a certificate is renewed with, after a rehearsal has shown that renewal works with them. The certificate itself stays.',
    examples: ['reconfigure --cert-name example.com --webroot -w /srv/www', 'reconfigure --cert-name example.com --deploy-hook "systemctl reload nginx"'],
  },
  rename: {
    group: 'manage',
    summary: 'Give a certificate another name',
    usage: 'rename --cert-name CERTNAME --new-name CERTNAME',
    description: 'Gives a certificate another name, and with it other file paths. Says which renewal settings still mention the old paths.',
    examples: ['rename --cert-name example.com-0001 --new-name example.com'],
  },
  timer: {
    group: 'manage',
    summary: 'Show, install or remove the timer that renews certificates',
    usage: 'timer [--install | --remove] [options]',
    description: 'Shows the systemd timer and service that run renew twice a day, and a crontab line for machines without systemd. --install writes and starts them, --remove takes them away.',
    examples: ['timer', 'timer --install', 'timer --remove'],
  },
  update_symlinks: {
    group: 'manage',
    summary: 'Point the links of all certificates at their newest files',
    usage: 'update_symlinks [options]',
    description: 'Makes the links of every certificate anew, after the live or archive folder was moved by hand.',
    examples: ['update_symlinks'],
  },
  revoke: {
    group: 'manage',
    summary: 'Revoke a certificate',
    usage: 'revoke [--cert-path /path/to/fullchain.pem | --cert-name example.com] [options]',
    description: 'Revokes a certificate, selected by its file or by its name.',
    examples: [
      'revoke --cert-name example.com --reason superseded',
      'revoke --cert-path cert.pem --key-path privkey.pem --reason keycompromise',
    ],
  },
  delete: {
    group: 'manage',
    summary: 'Delete a certificate and everything belonging to it',
    usage: 'delete --cert-name CERTNAME',
    description: 'Deletes the files of a certificate: its versions, links and renewal settings.',
    examples: ['delete --cert-name example.com'],
  },
  install: {
    group: 'obtain',
    summary: 'Put an existing certificate into a web server',
    usage: 'install [--cert-name CERTNAME | --cert-path FILE --key-path FILE] [-i INSTALLER] [--target FILE] [options]',
    description: 'Makes a web server, or any other program, use a certificate that is there already.',
    examples: ['install --cert-name example.com --nginx', 'install --cert-name mail.example.com --target postfix'],
  },
  enhance: {
    group: 'obtain',
    summary: 'Harden the HTTPS configuration of a web server',
    usage: 'enhance [--cert-name CERTNAME] [-d DOMAIN] [--redirect] [--hsts] [--uir] [--staple-ocsp] [options]',
    description: 'Adds redirects to HTTPS, security headers or OCSP stapling to the virtual hosts of a certificate.',
    examples: ['enhance --nginx --cert-name example.com --redirect --hsts'],
  },
  rollback: {
    group: 'manage',
    summary: 'Take back changes of the web server configuration',
    usage: 'rollback [--checkpoints N] [options]',
    description: 'Restores the configuration files as they were before the last changes, and reloads the web server.',
    examples: ['rollback --nginx', 'rollback --apache --checkpoints 3'],
  },
  config_changes: {
    group: 'manage',
    summary: 'List changes of the web server configuration',
    usage: 'config_changes [--num N] [options]',
    description: 'Lists the changes that can be rolled back, the newest first.',
    examples: ['config_changes', 'config_changes --num 5 --json'],
  },
  plugins: {
    group: 'manage',
    summary: 'List what can prove control and what can install',
    usage: 'plugins [--init] [--prepare] [--authenticators] [--installers]',
    description: 'Lists authenticators and installers; needs no privileges.',
    examples: ['plugins', 'plugins --prepare --installers'],
  },
  register: {
    group: 'account',
    summary: 'Create an ACME account',
    usage: 'register [options]',
    description: 'Creates an account at the CA. The first certificate does this by itself.',
    examples: ['register --agree-tos -m you@example.com'],
  },
  unregister: {
    group: 'account',
    summary: 'Deactivate an ACME account',
    usage: 'unregister [options]',
    description: 'Deactivates the account at the CA and deletes its key.',
    examples: ['unregister --account 23a944913a067ea6ebf9e906238a00c1'],
  },
  update_account: {
    group: 'account',
    summary: 'Change the contacts of an ACME account',
    usage: 'update_account --email updated_email@example.com [options]',
    description: 'Changes the contact addresses that the CA has; an empty --email removes them.',
    examples: ['update_account -m you@example.com'],
  },
  show_account: {
    group: 'account',
    summary: 'Show an ACME account',
    usage: 'show_account [options]',
    description: "Shows the account's URL, thumbprint and contacts.",
    examples: ['show_account'],
  },
  rollover_account_key: {
    group: 'account',
    summary: 'Change the key of an ACME account',
    usage: 'rollover_account_key [--account-key-type {rsa,ecdsa}] [options]',
    description: 'Gives the account a new key at the CA. The renewal settings that name the account follow.',
    examples: ['rollover_account_key', 'rollover_account_key --account-key-type ecdsa'],
  },
  ca: {
    group: 'own',
    summary: 'Run the embedded ACME certificate authority',
    usage: 'ca [--address ADDRESS] [--port PORT] [--data FOLDER] [options]',
    description: 'Runs a certificate authority with its own root in the foreground, for intranets and trials.',
    examples: ['ca --data ./ca', 'ca --address 0.0.0.0 --port 14000 --ca-name ca.internal'],
  },
  quickstart: {
    group: 'own',
    summary: 'See everything work on this machine, without internet',
    usage: 'quickstart [--once] [--data FOLDER]',
    description: 'Starts the embedded CA, orders a certificate from it over ACME, serves it and checks what is served.',
    examples: ['quickstart', 'quickstart --once'],
  },
} as const satisfies Record<Verb, VerbDescription>;

/** All verbs, in the order of help. */
export const verbNames = Object.keys(verbTable) as readonly Verb[];

const synonyms: Readonly<Record<string, Verb>> = { auth: 'certonly', everything: 'run' };

/** The verb that a word means, if any. */
export function parseVerb(word: string): Verb | undefined {
  return verbNames.find((verb) => verb === word) ?? (Object.hasOwn(synonyms, word) ? synonyms[word] : undefined);
}
