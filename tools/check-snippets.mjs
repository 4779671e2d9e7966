// Gate: every TypeScript snippet of the README files and the guide compiles. Each block is a module of its own,
// checked as if a user had written it beside the packages.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { binaryOf, root, run } from './run.mjs';

const target = path.join(root, '.cache', 'snippets');

/** The Markdown files whose snippets are promises to a reader. */
function pages() {
  const readmes = readdirSync(path.join(root, 'packages')).map((name) => path.join('packages', name, 'README.md'));
  const guide = readdirSync(path.join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map((name) => path.join('docs', name));
  return ['README.md', 'CONTRIBUTING.md', ...readmes, ...guide].filter((file) => file.endsWith('.md'));
}

/** @param {string} file */
function snippetsOf(file) {
  /** @type {string} */
  let text;
  try {
    text = readFileSync(path.join(root, file), 'utf8');
  } catch {
    return []; // a package without a README
  }
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? '');
}

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
let count = 0;
for (const file of pages()) {
  for (const [index, code] of snippetsOf(file).entries()) {
    const name = `${file.replaceAll(/[^A-Za-z0-9]+/g, '-')}-${index + 1}.ts`;
    writeFileSync(path.join(target, name), `// ${file}\n${code}\nexport {};\n`);
    count++;
  }
}
if (count > 0) {
  const config = {
    extends: '../../tsconfig.json',
    compilerOptions: { incremental: false, noUnusedLocals: false, noUnusedParameters: false },
    include: ['*.ts'],
  };
  writeFileSync(path.join(target, 'tsconfig.json'), JSON.stringify(config));
  process.exitCode = run(process.execPath, [binaryOf('typescript-native', 'tsc'), '-p', path.join(target, 'tsconfig.json')]);
}
console.log(`${count} snippets`);
