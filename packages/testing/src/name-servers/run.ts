// What both runners share: a folder, a port, a process that is ready once all its zones are served, and its end.
import { findBinary } from '../binaries.ts';
import { freePort } from '../ports.ts';
import { startProcess } from '../process.ts';
import { type TemporaryFolder, temporaryFolder } from '../temporary-folder.ts';
import { isServing, notify } from './ask.ts';
import { type NameServer, type NameServerOptions, type NameServerQuestion, printAddress } from './options.ts';

/** How one program is run. */
export interface NameServerProgram {
  readonly program: string;
  /** Writes all files and gives the arguments. */
  readonly configure: (folder: TemporaryFolder, options: NameServerOptions & { readonly host: string; readonly port: number }) => Promise<readonly string[]>;
  /** Reads the questions out of the log. */
  readonly questionsIn: (output: string) => readonly NameServerQuestion[];
}

/** Starts a name server and waits until it serves all its zones. */
export async function runNameServer({ program, configure, questionsIn }: NameServerProgram, options: NameServerOptions): Promise<NameServer> {
  const folder = await temporaryFolder(program);
  try {
    const target = { host: options.host ?? '127.0.0.1', port: options.port ?? (await freePort()) };
    const args = await configure(folder, { ...options, ...target });
    const started = await startProcess({
      command: findBinary(program),
      args,
      name: program,
      signal: options.signal,
      ready: async () => {
        for (const { name } of options.zones) if (!(await isServing(target, name))) return false;
        return true;
      },
    });
    const stop = async () => {
      await started.stop();
      await folder[Symbol.asyncDispose]();
    };
    return {
      ...target,
      address: printAddress(target.host, target.port),
      questions: () => questionsIn(started.output()),
      refresh: (zone) => notify(target, zone),
      output: () => started.output(),
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    throw error;
  }
}
