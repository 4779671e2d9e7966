// The running server: is it there, is its configuration good, make it read that again.
import type { Log } from '@certward/base';
import type { CallOptions } from '@certward/engine';
import { ApacheError } from '../errors.ts';
import { findProgram, runCommand } from './commands.ts';
import type { ApacheLayout } from './os-table.ts';
import { readRuntime, readVersion, type ServerRuntime } from './runtime.ts';

/** What the installer asks of the server. */
export interface ServerControl {
  /** Throws `serverMissing` where the control program cannot be found. */
  find(): Promise<void>;
  /** Throws `configTestFailed` with the server's own words. */
  configTest(options?: CallOptions): Promise<void>;
  version(options?: CallOptions): Promise<readonly number[]>;
  runtime(options?: CallOptions): Promise<ServerRuntime>;
  /** Graceful: connections that are open end as they would have. Throws `configTestFailed` or `reloadFailed`. */
  reload(options?: CallOptions): Promise<void>;
}

/** Control through the program that the distribution ships for it. */
export function createServerControl(layout: ApacheLayout, { log }: { readonly log: Log }): ServerControl {
  const { ctl } = layout;
  let found: string | undefined;

  const program = async (): Promise<string> => {
    found ??= await findProgram(ctl);
    if (found !== undefined) return found;
    throw new ApacheError('serverMissing', `cannot find the program "${ctl}" that controls Apache`, {
      details: { ctl },
      hint: 'install Apache, or name the program with --apache-ctl',
    });
  };
  // Newer apachectl of Red Hat hands everything to systemd and takes no options of httpd.
  const asked = async () => (layout.bin === undefined ? undefined : await findProgram(layout.bin)) ?? (await program());

  const configTest = async (options?: CallOptions): Promise<void> => {
    const { code, output } = await runCommand([await program(), 'configtest'], options);
    if (code === 0) return;
    throw new ApacheError('configTestFailed', `Apache refuses its configuration:\n${output}`, {
      details: { output },
      hint: `correct what "${ctl} configtest" reports`,
    });
  };

  return {
    find: async () => void (await program()),
    configTest,
    version: async (options) => readVersion(await asked(), options),
    runtime: async (options) => readRuntime(await asked(), options),
    async reload(options) {
      await configTest(options);
      const { code, output } = await runCommand([await program(), 'graceful'], options);
      if (code === 0) return;
      log.warn('graceful reload failed, restarting', { output });
      const restarted = await runCommand([await program(), 'restart'], options);
      if (restarted.code === 0) return;
      throw new ApacheError('reloadFailed', `Apache does not reload:\n${output}`, {
        details: { output, restart: restarted.output },
        hint: `look into the error log below "${layout.logsRoot}"`,
      });
    },
  };
}
