// `npm test`: installs what the tests need, builds the command that process tests run, and runs every test.
// Further arguments go to vitest: `npm test -- packages/pki`, `npm test -- --project interop`.
import path from 'node:path';
import { binaryOf, installPackages, root, run } from './run.mjs';

installPackages();
const steps = [
  [path.join(root, 'tools', 'testbed', 'install.mjs')],
  [path.join(root, 'tools', 'build.mjs')],
  [binaryOf('vitest', 'vitest'), 'run', ...process.argv.slice(2)],
];
if (process.env['CERTWARD_CORPORA'] === undefined) console.log('corpora: not run (CERTWARD_CORPORA names no folder)');
else console.log(`corpora: ${process.env['CERTWARD_CORPORA']}`);
for (const args of steps) {
  const status = run(process.execPath, args);
  if (status !== 0) process.exit(status);
}
