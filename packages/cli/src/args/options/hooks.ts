// Options for commands that run before, after and upon a renewal.
import { flag, text } from '../option.ts';

export const hookOptions = {
  preHook: text({ flags: ['--pre-hook'], topics: ['renew', 'certonly', 'run'], saved: 'pre_hook', help: 'shell command to run before certificates are obtained, once, and only if one is' }),
  postHook: text({ flags: ['--post-hook'], topics: ['renew', 'certonly', 'run'], saved: 'post_hook', help: 'shell command to run after the attempt, once, also when it failed' }),
  deployHook: text({ flags: ['--deploy-hook', '--renew-hook'], topics: ['renew', 'certonly', 'run'], saved: 'renew_hook', help: 'shell command to run for each certificate obtained, with RENEWED_LINEAGE and RENEWED_DOMAINS set' }),
  failureHook: text({ flags: ['--failure-hook'], tier: 'own', topics: ['renew', 'certonly', 'run'], saved: 'failure_hook', help: 'shell command to run for each certificate that could not be obtained, with FAILED_CERT_NAME, FAILED_LINEAGE, FAILED_DOMAINS and FAILED_REASON' }),
  strictHooks: flag({ flags: ['--strict-hooks'], tier: 'own', topics: ['renew', 'certonly', 'run'], saved: 'strict_hooks', help: 'let the run fail when a hook fails: after a failed pre-hook nothing is attempted, a failed deploy or post hook makes the exit status 1' }),
  runDeployHooks: flag({ flags: ['--run-deploy-hooks'], topics: ['testing', 'renew', 'certonly'], help: 'run deploy hooks in a dry run, too' }),
  disableHookValidation: flag({ flags: ['--disable-hook-validation'], topics: ['renew', 'certonly'], help: 'do not check that the first word of each hook is a command' }),
  noDirectoryHooks: flag({ flags: ['--no-directory-hooks'], topics: ['renew', 'certonly'], help: 'do not run the executables of the renewal-hooks folders' }),
  disableRenewUpdates: flag({ flags: ['--disable-renew-updates'], topics: ['renew'], help: 'do not let installers refresh web-server settings on renew' }),
} as const;
