import { writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { runScript, startScript } from './scripts.ts';
import { temporaryFolder } from './temporary-folder.ts';

test('a TypeScript file with workspace imports runs as a program', async () => {
  await using folder = await temporaryFolder();
  const entry = folder.join('entry.ts');
  await writeFile(
    entry,
    `import { systemRandom } from '@certward/base';
     const size: number = systemRandom.bytes(4).length;
     console.log(process.argv[2], process.env['COLOUR'], size);
     process.exitCode = 5;`,
  );
  const result = await runScript(entry, { args: ['hello'], env: { COLOUR: 'blue' } });
  expect(result).toMatchObject({ exitCode: 5, signal: null, stdout: 'hello blue 4\n' });
});

test('a running script can be killed', async () => {
  await using folder = await temporaryFolder();
  await writeFile(folder.join('loop.ts'), 'console.log("up"); setInterval(() => {}, 1_000); export {};');
  await using script = await startScript(folder.join('loop.ts'), { ready: (output) => output.includes('up') });
  expect(await script.stop('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
});
