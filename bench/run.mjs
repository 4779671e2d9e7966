// `npm run bench [-- SUITE…] [-- --quick]`: every performance claim as a runnable benchmark beside the peers.
import { readdirSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPackages, root, run } from '../tools/run.mjs';

const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), 'suites');
const available = readdirSync(folder).map((file) => path.basename(file, '.mjs')).sort();
const args = process.argv.slice(2);
const quick = args.includes('--quick');
const wanted = args.filter((arg) => !arg.startsWith('--'));
const unknown = wanted.filter((name) => !available.includes(name));
if (unknown.length > 0) {
  console.error(`no such suite: ${unknown.join(', ')}\nhint: there are ${available.join(', ')}`);
  process.exit(2);
}
installPackages();
const built = run(process.execPath, [path.join(root, 'tools', 'build.mjs')]);
if (built !== 0) process.exit(built);
console.log(`Node ${process.version}, ${cpus().length} cores; medians, in turns; × is relative to the first row`);
for (const name of wanted.length > 0 ? wanted : available) {
  /** @type {{ bench: (options: { quick: boolean }) => Promise<void> }} */
  const suite = await import(path.join(folder, `${name}.mjs`));
  await suite.bench({ quick });
}
