// The first code that runs. Answers `--version` alone, which must not cost more than starting Node; everything else is
// loaded from `main.ts`. Built as CommonJS, which Node starts some milliseconds faster than a module.
import { writeSync } from 'node:fs';
import { versionLine } from './version.ts';

/** The name we were called by, without a path: scripts link us as `certbot`. */
function programName(): string {
  const called = (process.argv[1] ?? '').split(/[\\/]/).at(-1) ?? '';
  return called === 'certbot' ? 'certbot' : 'certward';
}

const program = programName();
const words = process.argv.slice(2);
if (words.length === 1 && words[0] === '--version') {
  writeSync(1, `${versionLine(program)}\n`);
} else {
  void import('./main.ts').then(({ main }) => main(words, program));
}
