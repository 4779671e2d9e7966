// Which account the renewal configurations name.
import type { LineageStore } from '../lineage/store.ts';

/** Makes every lineage that renews with account `from` renew with `to`. Confs that cannot be read are left alone. */
export async function pointLineagesAt(lineages: LineageStore, { from, to }: { readonly from: string; readonly to: string }): Promise<void> {
  for (const listed of lineages.list()) {
    if (listed.status !== 'ok' || listed.conf.document.root.section('renewalparams')?.getString('account') !== from) continue;
    await lineages.updateConf(listed.name, ({ document }) => document.root.section('renewalparams')?.set('account', to));
  }
}
