// Combinations of options that make no sense, refused before anything happens. Texts as Certbot's where it has them.
import type { Arguments } from './args/parse.ts';
import { cliError } from './errors.ts';

type Check = (parsed: Arguments) => string | undefined;

const dryRunVerbs: readonly string[] = ['certonly', 'renew', 'reconfigure'];

/** Each says what is wrong, or nothing. */
const checks: readonly Check[] = [
  ({ values, verb }) =>
    values.dryRun && !dryRunVerbs.includes(verb) ? `--dry-run currently only works with the 'certonly' or 'renew' subcommands ('${verb}')` : undefined,
  ({ values, verb }) => (values.csr !== undefined && verb !== 'certonly' ? "Currently, --csr only works with the 'certonly' subcommand" : undefined),
  ({ values }) => (values.forceInteractive && values.nonInteractive ? 'Flag for non-interactive mode and --force-interactive conflict' : undefined),
  ({ values, verb }) => (values.forceInteractive && verb === 'renew' ? 'renew cannot be used with --force-interactive' : undefined),
  ({ values, sources }) => (values.allowSubsetOfNames && values.csr !== undefined && sources.has('csr') ? '--allow-subset-of-names cannot be used with --csr' : undefined),
  ({ values }) =>
    values.allowSubsetOfNames && values.domains.some((name) => name.includes('*')) ? 'Using --allow-subset-of-names with a wildcard domain is not supported.' : undefined,
  ({ values, sources }) =>
    values.http01Port === values.httpsPort && (sources.has('http01Port') || sources.has('httpsPort'))
      ? '--http-01-port and --https-port must be different'
      : undefined,
  ({ values }) => (values.hsts === true && values.autoHsts ? 'Parameters --hsts and --auto-hsts cannot be used simultaneously.' : undefined),
  ({ values }) => (values.staging && !values.dryRun && conflictsWithStaging(values.server) ? '--server value conflicts with --staging' : undefined),
  ({ values, verb }) =>
    verb === 'renew' && values.domains.length > 0
      ? 'Currently, the renew verb is capable of either renewing all installed certificates that are due to be renewed or renewing a single certificate specified by its name. If you would like to renew specific certificates by their domains, use the certonly command instead. The renew verb may provide other options for selecting certificates to renew in the future.'
      : undefined,
  ({ values, verb }) => (verb === 'reconfigure' && values.domains.length > 0 ? 'You have specified domains, but this function cannot be used to modify the domains in a certificate. If you would like to do so, follow the instructions for changing the domains of a certificate.' : undefined),
  ({ sources, verb }) =>
    verb === 'reconfigure' && (sources.get('account') === 'typed' || sources.get('server') === 'typed')
      ? 'Using reconfigure to change the ACME account or server is not supported. If you would like to do so, use renew with the --force-renewal flag instead of reconfigure. Note that doing so will count against any rate limits. For more information on this method, see the documentation of renew.'
      : undefined,
  ({ values }) => (/[/\\]/.test(values.certName ?? '') ? `"${values.certName ?? ''}" cannot be a certificate name: it contains a path separator` : undefined),
  ({ values }) =>
    values.keyType === 'rsa' && values.rsaKeySize < 2048 ? `Unsupported RSA key length: ${values.rsaKeySize}. It should be at least 2048 bits` : undefined,
];

function conflictsWithStaging(server: string): boolean {
  return !['https://acme-v02.api.letsencrypt.org/directory', 'https://acme-staging-v02.api.letsencrypt.org/directory'].includes(server);
}

/** Throws `argumentConflict` with the first objection, `argumentSyntax` for a value that Certbot's parser refuses. */
export function checkConflicts(parsed: Arguments): void {
  if (/[()]/.test(parsed.values.userAgentComment ?? '')) throw cliError('argumentSyntax', 'argument --user-agent-comment: may not contain parentheses');
  for (const check of checks) {
    const objection = check(parsed);
    if (objection !== undefined) throw cliError('argumentConflict', objection);
  }
}
