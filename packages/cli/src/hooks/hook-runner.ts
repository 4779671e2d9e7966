// The pre, deploy, post and failure hooks of a run: which commands, in which order, each how often. Starting them is the
// engine's. A hook that fails is reported and changes nothing else, as with Certbot, unless --strict-hooks says otherwise.
import path from 'node:path';
import { describeError } from '@certward/base';
import { type Identifier } from '@certward/pki';
import { runHook } from '@certward/engine';
import type { Context } from '../context.ts';
import { cliError, type CliError } from '../errors.ts';
import { directoryHooks, type HookKind } from './directory-hooks.ts';
import { HookOutputPrinter } from './hook-output.ts';
import type { HookValues } from './validate-hooks.ts';

/** Environment variables of Linux may be 128 KiB each; Certbot cuts lists of names here. */
const longestList = 16_000;

/** A reason longer than this says nothing more to a person who is paged. */
const longestReason = 4_000;

/** What renewals that run side by side share: which commands ran, which are still to come, which failed. */
class HookState {
  readonly pre = new Map<string, Promise<boolean>>();
  readonly waitingPost = new Set<string>();
  postFolder = false;
  strictPost = false;
  /** Hooks never run side by side: two of them would reload one server at once. */
  turn: Promise<unknown> = Promise.resolve();
  readonly failed: string[] = [];
}

/** A certificate that could not be obtained. */
export interface FailedCertificate {
  readonly name: string;
  readonly identifiers: readonly Identifier[];
  readonly error: unknown;
}

/** Runs the hooks of one process. */
export class HookRunner {
  readonly #context: Context;
  readonly #state: HookState;

  constructor(context: Context, state: HookState = new HookState()) {
    this.#context = context;
    this.#state = state;
  }

  /** The same runner, reporting elsewhere. */
  withContext(context: Context): HookRunner {
    return new HookRunner(context, this.#state);
  }

  /**
   * Runs what has to run before an attempt: the folder's hooks, then the configured one, each once per process.
   * With --strict-hooks throws `hookFailed` when one fails, for every attempt that it stands before.
   */
  async runPre(values: HookValues): Promise<void> {
    for (const command of this.#commands('pre', values)) {
      const ran = this.#state.pre.get(command) ?? this.#run('pre-hook', command, {});
      this.#state.pre.set(command, ran);
      if (!(await ran) && values.strictHooks) throw cliError('hookFailed', `the pre-hook "${command}" failed, so nothing was attempted`);
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
        const succeeded = await this.#run('deploy-hook', command, variables);
        if (!succeeded && values.strictHooks) this.#state.failed.push(`deploy-hook for ${lineage.liveFolder}: ${command}`);
      }
    }
  }

  /** Runs --failure-hook for a certificate that was not obtained. A rehearsal alarms nobody. */
  async runFailure(values: HookValues, { name, identifiers, error }: FailedCertificate): Promise<void> {
    if (values.failureHook === undefined || values.dryRun) return;
    const variables = {
      FAILED_CERT_NAME: name,
      FAILED_LINEAGE: path.join(this.#context.folders.config, 'live', name),
      FAILED_DOMAINS: namesVariable(identifiers),
      FAILED_REASON: describeError(error).replaceAll('\0', '').slice(0, longestReason),
    };
    const succeeded = await this.#run('failure-hook', values.failureHook, variables);
    if (!succeeded && values.strictHooks) this.#state.failed.push(`failure-hook: ${values.failureHook}`);
  }

  /** Remembers the post hook of an attempt; {@link HookRunner.runPost} runs each distinct one once. */
  expectPost(values: HookValues): void {
    if (!values.noDirectoryHooks) this.#state.postFolder = true;
    if (values.postHook !== undefined) this.#state.waitingPost.add(values.postHook);
    if (values.strictHooks) this.#state.strictPost = true;
  }

  /** Runs the expected post hooks, the folder's first. */
  async runPost(names: { readonly renewed: readonly Identifier[]; readonly failed: readonly Identifier[] }): Promise<void> {
    const state = this.#state;
    const variables = { RENEWED_DOMAINS: namesVariable(names.renewed), FAILED_DOMAINS: namesVariable(names.failed) };
    const commands = new Set([...(state.postFolder ? this.#folderHooks('post') : []), ...state.waitingPost]);
    state.waitingPost.clear();
    state.postFolder = false;
    for (const command of commands) {
      const succeeded = await this.#run('post-hook', command, variables);
      if (!succeeded && state.strictPost) state.failed.push(`post-hook: ${command}`);
    }
  }

  /** What --strict-hooks makes of hooks that failed after the certificate was saved; `undefined` when none did. */
  get failure(): CliError | undefined {
    const { failed } = this.#state;
    if (failed.length === 0) return undefined;
    return cliError('hookFailed', `${failed.length} hook(s) failed`, { details: { hooks: [...failed] }, hint: failed.join('\n') });
  }

  #commands(kind: 'pre' | 'deploy', values: HookValues): ReadonlySet<string> {
    const configured = kind === 'pre' ? values.preHook : values.deployHook;
    return new Set([...(values.noDirectoryHooks ? [] : this.#folderHooks(kind)), ...(configured === undefined ? [] : [configured])]);
  }

  #folderHooks(kind: HookKind): readonly string[] {
    return directoryHooks(path.join(this.#context.folders.config, 'renewal-hooks', kind));
  }

  /** Resolves to whether the hook ended well. Never rejects. */
  #run(label: string, command: string, variables: Readonly<Record<string, string>>): Promise<boolean> {
    const ended = this.#state.turn.then(() => this.#runNow(label, command, variables));
    this.#state.turn = ended;
    return ended;
  }

  async #runNow(label: string, command: string, variables: Readonly<Record<string, string>>): Promise<boolean> {
    const { environment, terminal, log } = this.#context;
    const subject = `Hook '${label}'`;
    log.info('running hook', { hook: label, command });
    terminal.detail(`Running ${label} command: ${command}`);
    const printer = new HookOutputPrinter(subject, terminal);
    try {
      // Without our signal: a deploy hook that is cut off half-way leaves a server with half a configuration.
      const { status, signal, stdout, stderr } = await runHook(command, { env: { ...environment, ...variables }, onOutput: (output) => printer.write(output) });
      printer.end();
      log.info('hook ended', { hook: label, status, signal, stdout, stderr });
      if (status !== 0) terminal.warning(`${subject} reported error code ${status ?? `-${signal ?? ''}`}`);
      return status === 0;
    } catch (error) {
      log.error('hook did not start', { hook: label, error });
      terminal.warning(`${subject} could not be run: ${describeError(error)}`);
      return false;
    }
  }
}

/** Names for a hook: separated by blanks, cut at a whole name. */
function namesVariable(identifiers: readonly Identifier[]): string {
  const all = identifiers.map(({ value }) => value).join(' ');
  if (all.length <= longestList) return all;
  return all.slice(0, longestList + 1).replace(/ [^ ]*$/, '');
}
