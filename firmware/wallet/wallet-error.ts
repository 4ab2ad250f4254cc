import type { Env } from '../env.js';
import { LedgerError } from '../ledger/ledger.js';
import { isUnwritable, StoreError } from '../store/errors.js';
import { format, openStore } from '../store/open.js';
import type { Store } from '../store/store.js';

/** Flash that holds no wallet we may touch: damaged, or of another format. Never overwritten by itself. */
export class WalletError extends Error {
  constructor(
    readonly code: 'damaged' | 'version' | 'journal' | 'state' | 'full' | 'unwritable',
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

/** What a boot says of an error that its flash has caused. */
export function asWalletError(error: unknown): unknown {
  if (isUnwritable(error)) return new WalletError('unwritable', 'flash: it does not take what is written');
  if (error instanceof LedgerError) return new WalletError('journal', `flash: ${error.message}`);
  const isRot = error instanceof StoreError && error.code === 'corrupt';
  return isRot ? new WalletError('damaged', `flash: ${error.message}`) : error;
}

/**
 * A step of housekeeping; false when there is none, or the flash does not take it: who has to write next
 * hears of that.
 */
export function tryToWrite(step: () => boolean): boolean {
  try {
    return step();
  } catch (error) {
    if (isUnwritable(error)) return false;
    throw error;
  }
}
