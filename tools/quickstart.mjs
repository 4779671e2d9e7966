// `npm run quickstart`: from a fresh checkout to a certificate that is served and checked, in one command.
import path from 'node:path';
import { installPackages, root, run } from './run.mjs';

installPackages();
const built = run(process.execPath, [path.join(root, 'tools', 'build.mjs')]);
if (built !== 0) process.exit(built);
process.exit(run(process.execPath, [path.join(root, 'bin', 'certward'), 'quickstart', ...process.argv.slice(2)]));
