// Notes a failed renewal in the renewal configuration, so that the next runs wait before they bother the CA again.
import { addFailure, readRenewalState, writeRenewalState } from '@certward/engine';
import type { IssueSession } from '../issue/session.ts';
import type { Settings } from '../settings/settings.ts';
import { decide } from './state.ts';

/** Notes it and returns when the next attempt is due; `undefined` in a rehearsal, or where nothing can be written. */
export async function noteFailure(name: string, { values }: Settings, { store, context }: IssueSession): Promise<Date | undefined> {
  if (values.dryRun) return undefined;
  const { clock, log } = context;
  const now = clock.now();
  try {
    const { serial } = store.load(name, { repair: false }).certificate;
    await store.updateConf(name, (conf) => {
      const state = readRenewalState(conf, serial);
      const failures = new Map([...state.failures, [values.server, addFailure(state.failures.get(values.server), now)]]);
      writeRenewalState(conf, { serial, state: { ...state, failures } });
    });
    return decide(store.load(name, { repair: false }), now, { backoffAt: values.server }).dueAt;
  } catch (error) {
    log.warn('failed renewal not noted', { lineage: name, error });
    return undefined;
  }
}

/** Forgets the failures at one CA, since the cause is known to be gone. */
export async function forgetFailures(name: string, { values }: Settings, { store }: IssueSession): Promise<void> {
  const { serial } = store.load(name).certificate;
  await store.updateConf(name, (conf) => {
    const state = readRenewalState(conf, serial);
    if (!state.failures.has(values.server)) return;
    const failures = new Map([...state.failures].filter(([server]) => server !== values.server));
    writeRenewalState(conf, { serial, state: { ...state, failures } });
  });
}
