// Which names a certificate is asked for when none was typed: chosen among those that the web server serves.
import type { Installer } from '@certward/engine';
import type { Identifier } from '@certward/pki';
import type { Context } from '../context.ts';
import { askNames, type IssueRequest } from '../issue/request.ts';
import type { IssueSession } from '../issue/session.ts';
import { requestedIdentifiers } from '../settings/names.ts';
import { isInstallerName } from '../settings/plugins.ts';

/** The typed names; none when a certificate is named; else the answer to a question. */
export async function namesToCertify({ settings, identifiers }: IssueRequest, session: IssueSession): Promise<readonly Identifier[]> {
  const { installer, certName } = settings.values;
  if (identifiers.length > 0 || certName !== undefined) return identifiers;
  if (!isInstallerName(installer)) return await askNames(session.context);
  return await chooseNames(await session.servers.prepared(installer, settings), session.context);
}

/** Asks which of the served names. Throws `answerMissing` unattended, naming --domains. */
async function chooseNames(installer: Installer, context: Context): Promise<readonly Identifier[]> {
  const { questions, terminal, signal } = context;
  const choices = installer.names().toSorted(byDomain);
  if (choices.length === 0) {
    terminal.notice('No names were found in your configuration files.');
    return await askNames(context);
  }
  const message = 'Which names would you like to activate HTTPS for?\nIt is best to select either all names, or all names of one virtual host.';
  const chosen = await questions.checklist(message, { choices, flag: '--domains', signal });
  return requestedIdentifiers({ domains: chosen.flatMap((index) => choices[index] ?? []), ipAddresses: [], webrootMap: '' });
}

/** Names of one domain stand together, the domain itself first. */
function byDomain(one: string, other: string): number {
  const key = (name: string) => name.split('.').toReversed().join('.');
  return key(one) < key(other) ? -1 : 1;
}
