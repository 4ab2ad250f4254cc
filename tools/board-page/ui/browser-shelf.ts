import { parseRecord, recordText } from '../../cli/files/record-text.js';
import type { Shelf } from '../../cli/serial/station.js';

/** What provisioning keeps for its next run, in this browser, for this page's own address. */
export function browserShelf<Kept extends object>(kind: string, name: string): Shelf<Kept> {
  const key = `tapnote/${kind}/${name}`;
  return {
    read: () => {
      try {
        const text = localStorage.getItem(key);
        return text === null ? undefined : parseRecord<Kept>(text);
      } catch {
        return undefined;
      }
    },
    write: (kept) => localStorage.setItem(key, recordText(kept)),
    forget: () => localStorage.removeItem(key),
  };
}
