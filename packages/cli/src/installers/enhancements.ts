// Redirects, headers and stapling: which are asked for, which the installer has, and switching them on.
import type { CertificatePaths, Enhancement, Installer } from '@certward/engine';
import type { Values } from '../args/table.ts';
import type { Context } from '../context.ts';
import { cliError } from '../errors.ts';
import { reload } from './deploy.ts';

/** Certbot's order. */
const options: readonly (readonly [Enhancement, 'hsts' | 'redirect' | 'stapleOcsp' | 'uir', string])[] = [
  ['hsts', 'hsts', '--hsts'],
  ['redirect', 'redirect', '--redirect'],
  ['staple', 'stapleOcsp', '--staple-ocsp'],
  ['uir', 'uir', '--uir'],
];

/** What is asked for. An unset redirect is on for run and install, off for enhance; must-staple brings stapling along. */
export function requestedEnhancements(values: Values, { redirectByDefault }: { readonly redirectByDefault: boolean }): readonly Enhancement[] {
  return options.flatMap(([enhancement, option]) => {
    const value = values[option] ?? (enhancement === 'redirect' ? redirectByDefault : enhancement === 'staple' && values.mustStaple);
    return value ? [enhancement] : [];
  });
}

/** Those that the installer has. Warns about others that were typed; the default redirect is left out silently. */
export function supportedEnhancements(installer: Installer, wanted: readonly Enhancement[], { arguments: { values }, terminal }: Context): readonly Enhancement[] {
  return wanted.filter((one) => {
    if (installer.enhancements.includes(one)) return true;
    const [, option, flag] = options.find(([enhancement]) => enhancement === one) ?? ['', 'hsts', one];
    if (values[option] === true) terminal.warning(`Option ${flag} is not supported by the selected installer. Skipping enhancement.`);
    return false;
  });
}

/** Gathers the edits; nothing is written. Answers what they say. */
export async function gatherEnhancements(
  installer: Installer,
  { names, enhancements, paths }: { readonly names: readonly string[]; readonly enhancements: readonly Enhancement[]; readonly paths: CertificatePaths },
  { signal }: Pick<Context, 'signal'>,
): Promise<readonly string[]> {
  const messages: string[] = [];
  for (const enhancement of enhancements) {
    for (const name of names) {
      const edit = await installer.enhance(name, enhancement, { paths, signal }).catch((cause: unknown) => {
        throw cliError('enhancementFailed', `could not set up the ${enhancement} enhancement for "${name}"`, { cause });
      });
      messages.push(...edit.messages);
    }
  }
  return messages;
}

/** Switches enhancements on for names, and reloads. */
export async function enhanceServer(
  installer: Installer,
  task: { readonly names: readonly string[]; readonly enhancements: readonly Enhancement[]; readonly paths: CertificatePaths },
  context: Context,
): Promise<void> {
  if (task.enhancements.length === 0) return;
  const messages = await gatherEnhancements(installer, task, context);
  await installer.save('Add enhancement', { signal: context.signal });
  await reload(installer, context);
  context.log.info('enhanced', { installer: installer.name, enhancements: task.enhancements, identifiers: task.names });
  for (const message of messages) context.terminal.result(message);
}
