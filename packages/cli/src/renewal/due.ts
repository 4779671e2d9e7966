// Whether the certificate that certonly was asked for again is due.
import type { IssueSession } from '../issue/session.ts';
import { settingsOf } from '../settings/settings.ts';
import { askAboutRenewal } from './ask-ca.ts';
import { readSilentServers } from './silent-servers.ts';
import { decide, isQuestionDue } from './state.ts';

/** Asks the CA if it is time to, then decides. */
export async function isNameDue(name: string, session: IssueSession): Promise<boolean> {
  const { context, store } = session;
  const now = context.clock.now();
  const lineage = store.load(name);
  if (isQuestionDue(lineage, now)) {
    const settings = settingsOf(context.arguments, new Map());
    await askAboutRenewal([lineage], { session, settings, silent: readSilentServers(context) });
  }
  return decide(store.load(name), now).due;
}
