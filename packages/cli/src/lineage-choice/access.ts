// Lineages as the choice sees them: names and identifiers, read from the store; the whole list only when it is needed.
import { type LineageStore, StoreError } from '@certward/engine';
import type { Context } from '../context.ts';
import { isNameDue } from '../renewal/due.ts';
import type { IssueSession } from '../issue/session.ts';
import type { LineageAccess } from './choose.ts';
import type { LineageView } from './match.ts';

/** What the list tells of a lineage. */
export type ListedView = LineageView & { readonly confPath: string };

/** Access over the store of the session. Lineages that cannot be read are left out of the list, and logged. */
export function lineageAccess(session: IssueSession): LineageAccess<ListedView> {
  const { store, context } = session;
  return {
    find: (name) => find(store, name),
    all: () => listReadable(store, context),
    isDue: ({ name }) => isNameDue(name, session),
    confPath: ({ confPath }) => confPath,
  };
}

function find(store: LineageStore, name: string): ListedView | undefined {
  try {
    const { confPath, certificate } = store.load(name);
    return { name, confPath, identifiers: certificate.identifiers };
  } catch (error) {
    if (error instanceof StoreError && error.code === 'lineageNotFound') return undefined;
    throw error;
  }
}

function listReadable(store: LineageStore, { log }: Context): readonly ListedView[] {
  return store.list().flatMap((one) => {
    if (one.status === 'ok') return [{ name: one.name, confPath: one.confPath, identifiers: one.certificate.identifiers }];
    log.warn('certificate left out of the search', { lineage: one.name, error: one.problem });
    return [];
  });
}
