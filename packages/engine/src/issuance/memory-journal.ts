// A journal that lives as long as the process: for tests and for programs that need no resumption.
import type { Journal, JournalEntry } from '../ports.ts';

/** A {@link Journal} in memory. */
export function createMemoryJournal(): Journal {
  const entries = new Map<string, string>();
  const keys = new Map<string, Map<string, string>>();
  const read = (text: string | undefined): JournalEntry | undefined => (text === undefined ? undefined : (JSON.parse(text) as JournalEntry));
  return {
    load: async (id) => read(entries.get(id)),
    // As text, so that nobody's later change reaches what was saved.
    save: async (entry) => void entries.set(entry.id, JSON.stringify(entry)),
    async remove(id) {
      entries.delete(id);
      keys.delete(id);
    },
    list: async () => [...entries.values()].flatMap((text) => read(text) ?? []),
    async saveKey(id, keyId, privateKeyPem) {
      keys.set(id, (keys.get(id) ?? new Map<string, string>()).set(keyId, privateKeyPem));
    },
    loadKey: async (id, keyId) => keys.get(id)?.get(keyId),
  };
}
