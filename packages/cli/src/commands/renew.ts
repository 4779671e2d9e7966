// `renew`: renews every certificate that is due. One that fails does not keep the others from being renewed.
// With nothing due and nothing to ask it reads, prints and ends: no lock, no network.
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { openLineageStore } from '@certward/engine';
import type { Command, Context } from '../context.ts';
import { validateHooks } from '../hooks/validate-hooks.ts';
import { hasGrowingHsts, hasOpenEdits, waitingDeployments } from '../installers/waiting.ts';
import { passOver, summarize } from '../renewal/outcome.ts';
import { planRenewals } from '../renewal/plan.ts';
import { parsePreferredChallenges } from '../settings/challenges.ts';
import { keySpecOf } from '../settings/key.ts';
import { resolveServer } from '../settings/server.ts';
import { settingsOf } from '../settings/settings.ts';
import { typedWebrootMap } from '../settings/webroots.ts';
import { ownWorkFolder } from '../work-folder.ts';

/** Runs the verb. */
export const renew: Command = async (context) => {
  const { arguments: parsed, folders, environment, log } = context;
  const typed = settingsOf(parsed, typedWebrootMap(parsed));
  resolveServer(typed);
  parsePreferredChallenges(typed.values.preferredChallenges);
  keySpecOf(typed.values);
  await validateHooks(typed.values, environment);
  const { lineages, questions } = planRenewals(openLineageStore({ configDir: folders.config, log }), typed, context);
  const idle = questions.length === 0 && lineages.every((one) => one.kind === 'invalid' || !one.decision.due) && !wasInterrupted(context);
  if (idle) return context.terminal.batched(() => summarize(lineages.map((one) => passOver(one, context)), typed, context));
  const { renewDue } = await import('../renewal/renew-due.ts');
  return await renewDue(typed, context, (outcomes) => summarize(outcomes, typed, context));
};

/** An issuance was cut off, and its proofs may still be in place; or a server was not told of its new certificate. */
function wasInterrupted(context: Context): boolean {
  const journal = path.join(ownWorkFolder(context), 'journal');
  return (existsSync(journal) && readdirSync(journal).length > 0) || waitingDeployments(context).length > 0 || hasOpenEdits(context) || hasGrowingHsts(context);
}
