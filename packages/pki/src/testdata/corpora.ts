// Where other people's test vectors lie, if the run was told: CERTWARD_CORPORA names a folder with wycheproof/ and x509-chains/.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The corpora folder, or undefined. */
const folder = process.env['CERTWARD_CORPORA'];

/** Parsed JSON files of one corpus by file name; prints whether it ran. Empty when not there. */
export function corpus(name: string, accepts: (file: string) => boolean = () => true): [string, unknown][] {
  const path = folder === undefined ? undefined : join(folder, name);
  if (path === undefined || !existsSync(path)) {
    console.log(`corpus ${name}: not run (CERTWARD_CORPORA ${folder === undefined ? 'is not set' : 'does not hold it'})`);
    return [];
  }
  const files = readdirSync(path).filter((file) => file.endsWith('.json') && accepts(file));
  console.log(`corpus ${name}: running ${files.join(', ')}`);
  return files.map((file) => [file, JSON.parse(readFileSync(join(path, file), 'utf8'))]);
}
