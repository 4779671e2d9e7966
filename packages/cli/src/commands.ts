// Which module runs a verb. Each is loaded only when its verb is asked for.
import type { Verb } from './args/verbs.ts';
import type { Command } from './context.ts';

/** Loads the module of a verb. */
export const commands = {
  run: async () => (await import('./commands/run.ts')).runVerb,
  certonly: async () => (await import('./commands/certonly.ts')).certonly,
  renew: async () => (await import('./commands/renew.ts')).renew,
  certificates: async () => (await import('./commands/certificates.ts')).certificates,
  reconfigure: async () => (await import('./commands/reconfigure.ts')).reconfigure,
  rename: async () => (await import('./commands/rename.ts')).rename,
  timer: async () => (await import('./commands/timer.ts')).timer,
  update_symlinks: async () => (await import('./commands/update-symlinks.ts')).updateSymlinks,
  revoke: async () => (await import('./commands/revoke.ts')).revoke,
  delete: async () => (await import('./commands/delete.ts')).deleteVerb,
  install: async () => (await import('./commands/install.ts')).install,
  enhance: async () => (await import('./commands/enhance.ts')).enhance,
  rollback: async () => (await import('./commands/rollback.ts')).rollback,
  config_changes: async () => (await import('./commands/config-changes.ts')).configChanges,
  plugins: async () => (await import('./commands/plugins.ts')).plugins,
  register: async () => (await import('./commands/register.ts')).register,
  unregister: async () => (await import('./commands/unregister.ts')).unregister,
  update_account: async () => (await import('./commands/update-account.ts')).updateAccount,
  show_account: async () => (await import('./commands/show-account.ts')).showAccount,
  rollover_account_key: async () => (await import('./commands/rollover-account-key.ts')).rolloverAccountKey,
  ca: async () => (await import('./commands/ca.ts')).ca,
  quickstart: async () => (await import('./commands/quickstart.ts')).quickstart,
} as const satisfies Record<Verb, () => Promise<Command>>;
