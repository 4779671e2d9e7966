// The installer that settings name, as it is stored for renewals: its own name, or nothing when there is no such one.
import { chosenPlugins, isInstallerName } from '../settings/plugins.ts';
import { type Settings, withValues } from '../settings/settings.ts';

/** Settles. An installer that does not exist here is left out, as Certbot does where none is needed. */
export function settleInstaller(settings: Settings): Settings {
  const { installer } = chosenPlugins(settings);
  if (isInstallerName(installer)) return withValues(settings, { installer }, settings.sources.get('installer') ?? 'decided');
  return settings.values.installer === undefined ? settings : withValues(settings, { installer: undefined }, 'decided');
}
