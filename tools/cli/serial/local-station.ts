import { resolve } from 'node:path';
import { BankError } from '../../../sim/bank/codes.js';
import { openLocalBank } from '../../../sim/host/local-bank.js';
import { CliError, systemReason } from '../cli-error.js';
import { OutputFile } from '../files/output-file.js';
import { Exit } from '../output/exit.js';
import { type ProvisioningStation, records, type ShelfOf } from './station.js';

/** A bank of one's own in a folder. */
export async function localStation(
  folder: string,
  currency: string | undefined,
  shelfOf: ShelfOf,
): Promise<ProvisioningStation> {
  OutputFile.checkFolder('--new-bank', folder);
  try {
    const { bank, close } = await openLocalBank(folder, currency === undefined ? {} : { currency });
    return {
      bank,
      currency: async () => bank.currency,
      where: folder,
      probe: () => Promise.resolve(),
      ...records(resolve(folder), shelfOf),
      close,
    };
  } catch (error) {
    if (error instanceof BankError) throw error;
    const why = `there is no bank in it, and none can be made: ${systemReason(error)}`;
    throw new CliError(Exit.usage, 'bank-folder', `--new-bank ${folder}: ${why}`);
  }
}
