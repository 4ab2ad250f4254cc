import type { Env } from '../env.js';
import { format, openStore } from '../store/open.js';
import type { Store } from '../store/store.js';

/** Flash that holds no wallet we may touch: damaged, or of another format. Never overwritten by itself. */
export class WalletError extends Error {
  constructor(
    readonly code: 'damaged' | 'version' | 'journal' | 'state' | 'full',
    message: string,
    /** With 'version': the format of the store that is there. */
    readonly format = 0,
  ) {
    super(message);
  }
}

/** The store on this flash, a fresh one where the flash is blank. Throws WalletError for anything else. */
export function openOrFormat({ flash, crc32 }: Env): Store {
  const opened = openStore(flash, crc32);
  if (opened.status === 'ok') return opened.store;
  if (opened.status === 'blank') return format(flash, crc32);
  const detail =
    opened.status === 'damaged' ? `${opened.code}, sector ${opened.sector}` : `${opened.version}`;
  const version = opened.status === 'version' ? opened.version : 0;
  throw new WalletError(opened.status, `flash: ${opened.status} (${detail})`, version);
}
