// Gate: nothing in the project may name the machine it was written on or a package registry, and tests may not be
// switched off. Looks at what git tracks or would track.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './run.mjs';

const rules = [
  { pattern: /(^|[\s"'`(=])\/(work|home|Users)\/\w/, says: "a path of somebody's machine" },
  { pattern: /registry\.npmjs\.org|deb\.debian\.org|snapshot\.debian\.org/, says: 'the host of a package registry' },
  { pattern: /\b(test|it|describe)\.(only|todo|skip)\(/, says: 'a test that is switched off' },
  { pattern: /\b(TODO|FIXME|XXX|HACK)\b/, says: 'work left for later' },
];

const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8' });
let violations = 0;
for (const file of listed.split('\n')) {
  if (file === '' || file === 'tools/check-words.mjs' || /\.(png|der|bin|p12|jks)$/.test(file)) continue;
  /** @type {string} */
  let text;
  try {
    text = readFileSync(path.join(root, file), 'utf8');
  } catch {
    continue; // deleted in the working tree
  }
  for (const [index, line] of text.split('\n').entries()) {
    for (const { pattern, says } of rules) {
      if (!pattern.test(line)) continue;
      console.error(`${file}:${index + 1}: ${says}: ${line.trim().slice(0, 120)}`);
      violations++;
    }
  }
}
process.exitCode = violations > 0 ? 1 : 0;
