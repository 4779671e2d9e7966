// What the server says about itself: version, modules, definitions, the files that it reads.
import type { CallOptions } from '@certward/engine';
import { ApacheError } from '../errors.ts';
import { runCommand } from './commands.ts';

/** The answers of one running configuration. */
export interface ServerRuntime {
  readonly version: readonly number[];
  readonly modules: ReadonlySet<string>;
  readonly defines: ReadonlyMap<string, string>;
  /** The files that it reads, the main one first. */
  readonly includes: readonly string[];
  readonly serverRoot: string | undefined;
}

/** Asks `program` (the control program, or httpd itself where that takes no options) for its version. */
export async function readVersion(program: string, options?: CallOptions): Promise<readonly number[]> {
  const { output } = await runCommand([program, '-v'], options);
  const version = /Apache\/(\d+)\.(\d+)(?:\.(\d+))?/i.exec(output);
  if (version === null) {
    throw new ApacheError('commandFailed', `"${program} -v" does not say which version of Apache it is`, {
      details: { output },
      hint: 'name the program that controls Apache with --apache-ctl, and httpd itself with --apache-bin',
    });
  }
  return version.slice(1).map((part) => Number(part ?? 0));
}

/** Asks for everything else. What it does not answer counts as empty: the files themselves still tell most. */
export async function readRuntime(program: string, options?: CallOptions): Promise<ServerRuntime> {
  const version = await readVersion(program, options);
  const [runConfig, modules, includes] = [
    await dump(program, 'DUMP_RUN_CFG', options),
    await dump(program, 'DUMP_MODULES', options),
    await dump(program, 'DUMP_INCLUDES', options),
  ];
  return {
    version,
    modules: new Set([...modules.matchAll(/^\s*(\S+_module)\b/gm)].map((match) => match[1] ?? '')),
    defines: new Map([...runConfig.matchAll(/^Define: ([^=\r\n]*)(?:=(.*))?$/gm)].map((match) => [match[1] ?? '', match[2] ?? ''])),
    includes: [...includes.matchAll(/^\s*\((?:\*|\d+)\) (.*\S)\s*$/gm)].map((match) => match[1] ?? ''),
    serverRoot: /^ServerRoot: "(.*)"$/m.exec(runConfig)?.[1],
  };
}

async function dump(program: string, what: string, options?: CallOptions): Promise<string> {
  const { code, stdout } = await runCommand([program, '-t', '-D', what], options);
  return code === 0 ? stdout : '';
}
