// The pre, deploy and post hooks of a run: which commands, in which order, each how often. Starting them is the engine's.
// A hook that fails is reported and changes nothing else, as with Certbot.
import path from 'node:path';
import { type Identifier } from '@certward/pki';
import { runHook } from '@certward/engine';
import type { Context } from '../context.ts';
import { directoryHooks, type HookKind } from './directory-hooks.ts';
import { reportHook } from './report-hook.ts';
import type { HookValues } from './validate-hooks.ts';

/** Environment variables of Linux may be 128 KiB each; Certbot cuts lists of names here. */
const longestList = 16_000;

/** Runs the hooks of one process. State: which commands ran already, and which post hooks are still to come. */
export class HookRunner {
  readonly #context: Context;
  readonly #ranPre = new Set<string>();
  readonly #waitingPost = new Set<string>();
  #postFolder = false;

  constructor(context: Context) {
    this.#context = context;
  }

  /** Runs what has to run before an attempt: the folder's hooks, then the configured one, each once per process. */
  async runPre(values: HookValues): Promise<void> {
    for (const command of this.#commands('pre', values)) {
      if (this.#ranPre.has(command)) continue;
      this.#ranPre.add(command);
      await this.#run('pre-hook', command, {});
    }
  }

  /** Runs what has to run for a certificate that was saved. */
  async runDeploy(values: HookValues, lineage: { readonly liveFolder: string; readonly identifiers: readonly Identifier[] }): Promise<void> {
    const variables = { RENEWED_LINEAGE: lineage.liveFolder, RENEWED_DOMAINS: namesVariable(lineage.identifiers) };
    for (const command of this.#commands('deploy', values)) {
      if (values.dryRun && !values.runDeployHooks) {
        this.#context.log.info('dry run: deploy hook skipped', { hook: command });
        this.#context.terminal.detail(`Dry run: skipping deploy hook command: ${command}`);
      } else {
        await this.#run('deploy-hook', command, variables);
      }
    }
  }

  /** Remembers the post hook of an attempt; {@link HookRunner.runPost} runs each distinct one once. */
  expectPost(values: HookValues): void {
    if (!values.noDirectoryHooks) this.#postFolder = true;
    if (values.postHook !== undefined) this.#waitingPost.add(values.postHook);
  }

  /** Runs the expected post hooks, the folder's first. */
  async runPost(names: { readonly renewed: readonly Identifier[]; readonly failed: readonly Identifier[] }): Promise<void> {
    const variables = { RENEWED_DOMAINS: namesVariable(names.renewed), FAILED_DOMAINS: namesVariable(names.failed) };
    const commands = new Set([...(this.#postFolder ? this.#folderHooks('post') : []), ...this.#waitingPost]);
    this.#waitingPost.clear();
    this.#postFolder = false;
    for (const command of commands) await this.#run('post-hook', command, variables);
  }

  #commands(kind: 'pre' | 'deploy', values: HookValues): ReadonlySet<string> {
    const configured = kind === 'pre' ? values.preHook : values.deployHook;
    return new Set([...(values.noDirectoryHooks ? [] : this.#folderHooks(kind)), ...(configured === undefined ? [] : [configured])]);
  }

  #folderHooks(kind: HookKind): readonly string[] {
    return directoryHooks(path.join(this.#context.folders.config, 'renewal-hooks', kind));
  }

  async #run(label: string, command: string, variables: Readonly<Record<string, string>>): Promise<void> {
    const { environment, terminal, log } = this.#context;
    log.info('running hook', { hook: label, command });
    terminal.detail(`Running ${label} command: ${command}`);
    try {
      // Without our signal: a deploy hook that is cut off half-way leaves a server with half a configuration.
      const result = await runHook(command, { env: { ...environment, ...variables } });
      reportHook(label, result, this.#context);
    } catch (error) {
      log.error('hook did not start', { hook: label, error });
      terminal.warning(`Hook '${label}' could not be run: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

/** Names for a hook: separated by blanks, cut at a whole name. */
function namesVariable(identifiers: readonly Identifier[]): string {
  const all = identifiers.map(({ value }) => value).join(' ');
  if (all.length <= longestList) return all;
  return all.slice(0, longestList + 1).replace(/ [^ ]*$/, '');
}
