import type { Crc32 } from '../../hal/crc32.js';
import type { Flash } from '../../hal/flash.js';
import { StoreError } from '../store/errors.js';
import { format, openStore } from '../store/open.js';
import { BillLog, type BillLogOptions } from './bill-log.js';

/**
 * The bills in a flash of their own; a flash that has never held anything is formatted. Throws StoreError
 * `corrupt` for anything else: what may hold bills is taken for an empty log never.
 */
export function openBillLog(flash: Flash, crc32: Crc32, options: Omit<BillLogOptions, 'store'>): BillLog {
  const found = openStore(flash, crc32);
  if (found.status === 'version') throw new StoreError('corrupt', `a store of version ${found.version}`);
  if (found.status === 'damaged') throw new StoreError('corrupt', `a store that is damaged: ${found.code}`);
  const store = found.status === 'ok' ? found.store : format(flash, crc32);
  return new BillLog({ ...options, store });
}
