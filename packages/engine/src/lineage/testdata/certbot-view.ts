// For tests: what Certbot's own storage code makes of configuration folders. One Python process looks at many.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Certbot's view of one lineage after it has loaded (and repaired) it. */
export type SeenLineage =
  | { readonly name: string; readonly version: number; readonly latest: number; readonly pending: boolean; readonly names: readonly string[] }
  | { readonly name: string; readonly error: string };

const script = `
import json, os, sys
from certbot._internal import storage
class Config:
    def __init__(self, folder):
        self.renewal_configs_dir = folder + '/renewal'
        self.default_archive_dir = folder + '/archive'
        self.live_dir = folder + '/live'
        self.strict_permissions = False
def look(folder):
    config = Config(folder)
    seen = []
    for path in storage.renewal_conf_files(config):
        name = storage.lineagename_for_filename(path)
        try:
            lineage = storage.RenewableCert(path, config)
            lineage.ensure_deployed()
            seen.append({'name': name, 'version': lineage.current_version('cert'), 'latest': lineage.latest_common_version(),
                'pending': lineage.has_pending_deployment(), 'names': lineage.names()})
            assert lineage.consistent() if hasattr(lineage, 'consistent') else lineage._consistent()
        except Exception as error:
            seen.append({'name': name, 'error': repr(error)})
    return seen
json.dump([look(folder) for folder in json.load(sys.stdin)], sys.stdout)
`;

/** Whether Certbot's modules are installed where Debian puts them. */
export const hasCertbot = existsSync('/usr/lib/python3/dist-packages/certbot');

/** Loads every lineage in every folder, repairing as Certbot does when it renews: give copies. */
export function certbotView(configDirs: readonly string[]): SeenLineage[][] {
  const answer = execFileSync('/usr/bin/python3', ['-c', script], { input: JSON.stringify(configDirs), encoding: 'utf8', maxBuffer: 1 << 26, stdio: ['pipe', 'pipe', 'ignore'] });
  return JSON.parse(answer) as SeenLineage[][];
}
