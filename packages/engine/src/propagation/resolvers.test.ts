import { writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { temporaryFolder } from '@certward/testing';
import { parseResolvConf, systemResolvers } from './resolvers.ts';

test('reads the first three nameserver lines and nothing else', () => {
  const text = '# nameserver 192.0.2.9\nsearch example.org\nnameserver 192.0.2.1\n\tnameserver   2001:db8::1 # comment\nnameserver bad\nnameserver 192.0.2.2\nnameserver 192.0.2.3\n';
  expect(parseResolvConf(text).map(({ host }) => host)).toEqual(['192.0.2.1', '2001:db8::1', '192.0.2.2']);
});

test('says which file names no resolver', async () => {
  await using folder = await temporaryFolder();
  const path = folder.join('resolv.conf');
  await expect(systemResolvers(path)).rejects.toMatchObject({ code: 'resolversMissing', message: `"${path}" names no DNS resolver` });
  await writeFile(path, 'search example.org\n');
  await expect(systemResolvers(path)).rejects.toMatchObject({ code: 'resolversMissing' });
  await writeFile(path, 'nameserver ::1\n');
  expect(await systemResolvers(path)).toEqual([{ host: '::1', port: 53 }]);
});
