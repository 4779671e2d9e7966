// Stores the installer of a lineage with its options, so that renewals load new certificates into the web server.
// An installer that is stored already stays: it is somebody's choice.
import type { LineageStore } from '@certward/engine';
import { optionOf } from '../args/table.ts';
import type { OptionName } from '../args/table.ts';
import type { InstallerName } from '../settings/plugins.ts';
import { isSetNow, type Settings } from '../settings/settings.ts';
import { installerValues } from './options.ts';

/** Stores. */
export async function rememberInstaller(store: LineageStore, lineage: string, { name, settings }: { readonly name: InstallerName; readonly settings: Settings }): Promise<void> {
  const { installer } = store.load(lineage).conf.params;
  if (installer !== undefined && installer !== name && installer !== 'null') return;
  const options = Object.entries(installerValues(name, settings)).filter(([option]) => isSetNow(settings, option as OptionName));
  await store.updateConf(lineage, ({ document }) => {
    const section = document.root.section('renewalparams');
    section?.set('installer', name);
    for (const [option, value] of options) section?.set(optionOf(option as OptionName).saved ?? option, String(value));
  });
}
