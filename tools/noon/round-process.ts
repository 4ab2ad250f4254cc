/** A process of its own for one round, so that two rounds take two cores. */
import { once } from 'node:events';
import { openAsBlob } from 'node:fs';
import { hostCrypto } from '../../hal/crypto/host.js';
import { type Morning, openNoonBank } from '../../sim/account/noon/morning.js';
import type { NoonSize, RoundKind } from '../../sim/account/noon/plan.js';
import { noonRound } from '../../sim/account/noon/round.js';
import { openPglite } from '../../sim/bank/db/fresh-pglite.js';
import { meter } from './meter.js';

export interface RoundAsked {
  readonly size: NoonSize;
  readonly kind: RoundKind;
  readonly morning: Morning;
  /** A file: the bank's books of the morning, as PGlite has written them. */
  readonly books: string;
}

const [{ size, kind, morning, books }] = (await once(process, 'message')) as [RoundAsked];
const database = await openPglite(await openAsBlob(books));
const bank = await openNoonBank(hostCrypto, size, { database });
const told = await noonRound(hostCrypto, bank, size, morning, kind, meter);
await database.close();
process.send!(told, () => process.disconnect());
