// What the edits of a configuration change on disk.
import type { FileChange } from '@certward/engine';
import type { Configuration } from './configuration.ts';

/** One change per file whose text is another now, in the order of reading. Paths are where the files lie, links resolved. */
export function changesOf({ files }: Configuration): FileChange[] {
  return files.all().flatMap((file) => {
    const text = files.print(file);
    if (text === file.original) return [];
    return [{ path: file.realPath, before: Buffer.from(file.original, 'latin1'), after: Buffer.from(text, 'latin1') }];
  });
}
