/**
 * What a device takes of the engine's memory: each side of a touch alone in it, the other played from a
 * recording.
 */
import { Certificate, Role } from '../../../firmware/objects/certificate.js';
import { YEAR_S } from '../../../firmware/selftest/test-issuer.js';
import { buildEngine } from '../../xs/build.js';
import { imageSize } from '../../xs/image-size.js';
import { runOnChip } from '../../xs/run.js';
import { pairOf } from './cases.js';
import { onChip } from './count.js';
import type { AloneInput, AloneOutput } from './engine/alone.js';
import type { Bytes } from './engine/scale.js';
import type { SyncPagesInput, SyncPagesOutput } from './engine/sync-pages.js';
import { flashImage } from './flash-image.js';
import type { Side } from './steps.js';
import { Workshop } from './wallets.js';

export interface Memory {
  /** The engine's own objects, before the firmware. */
  readonly engine: Bytes;
  /** With the firmware's classes and functions. */
  readonly loaded: Bytes;
  readonly sides: Record<Side, AloneOutput>;
  /** What the payment of the device's own bench adds to the open wallet, at the most. */
  readonly selfPayment: Bytes;
  /** What a journal on its way up a cable adds to the open wallet, at the most. */
  readonly syncPages: SyncPagesOutput;
}

/** Everything of firmware/ that a device needs, with the PN532's driver. */
const FIRMWARE = `import { Card } from './firmware/card/card.js';
  import { Terminal } from './firmware/terminal/terminal.js';
  import { Wallet } from './firmware/wallet/wallet.js';
  import { Pn532 } from './hal/pn532/pn532.js';
  import { HsuLink } from './hal/pn532/link-hsu.js';
  globalThis.all = [Card, Terminal, Wallet, Pn532, HsuLink];`;

/**
 * Little more than a board's, so that a collection has no more to sweep than there; the flash and the
 * recording lie in the chunks.
 */
const SIZES = { chunkBytes: 4 * 1024 * 1024, slots: 24 * 1024, stackSlots: 2_048 };

/** Enough for more than one of the longest pages. */
const PAYMENTS = 12;

export async function memoryOfTouch(): Promise<Memory> {
  const { terminal, card, kind, amount } = pairOf('strangers');
  const run = (side: AloneInput['side'], messages: readonly string[]) => {
    const [terminalImage, cardImage] = [terminal, card].map(({ nor }) => flashImage(nor.exportImage()));
    const input: AloneInput = { side, terminal: terminalImage, card: cardImage, kind, amount, messages };
    return onChip<AloneOutput>('alone.ts', input, SIZES);
  };
  const { messages } = await run('both', []);
  return {
    engine: await onChip<Bytes>('nothing.ts', null, SIZES),
    loaded: await onChip<Bytes>('loaded.ts', null, SIZES),
    sides: { terminal: await run('terminal', messages), card: await run('card', messages) },
    selfPayment: await onChip<Bytes>('self-payment.ts', null, SIZES),
    syncPages: await onChip<SyncPagesOutput>('sync-pages.ts', syncPagesInput(), SIZES),
  };
}

/** A stall that has taken payments, and its bank. */
function syncPagesInput(): SyncPagesInput {
  const shop = new Workshop();
  const [buyer, stall] = [shop.wallet([10_000]), shop.wallet()];
  for (let i = 0; i < PAYMENTS; i++) shop.pay(buyer, stall, 100);
  const { bank } = shop;
  const signingKey = bank.crypto.ed25519KeyFromSeed(bank.random(32)).slice();
  const certificate = Certificate.build(bank.crypto, bank.operatorKey, {
    id: bank.random(8),
    issuer: bank.number,
    publicKey: signingKey.subarray(32),
    notAfter_s: bank.now_s + YEAR_S,
    role: Role.bank,
    category: 0,
    tier: 0,
  });
  const device = flashImage(stall.nor.exportImage());
  return { device, certificate: hex(certificate.bytes), signingKey: hex(signingKey) };
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Flash bytes by part: the engine's and the project's C, libsodium, and the firmware as bytecode. */
export async function imageParts(): Promise<Record<string, number>> {
  const { all, ...parts } = Object.fromEntries(imageSize(await buildEngine('chip')));
  const { bytecodeBytes } = await runOnChip(FIRMWARE);
  return { ...parts, 'firmware, as bytecode': bytecodeBytes, all: all + bytecodeBytes };
}

/**
 * RAM of the engine on a board, for the side that needs more: what the open wallet keeps, what a touch adds
 * to it, the garbage of a whole touch as if nothing were collected in it, and the stack. What is preloaded
 * (the engine's own objects, the firmware's classes) lies in flash there.
 */
export function memoryNeed_bytes({ sides }: Memory): number {
  return Math.max(
    ...Object.values(sides).map((side) => kept_bytes(side) + sum(side.touch) + sum(side.garbage)),
  );
}

/** The same while the device measures itself, where the collector runs when it must. */
export function benchNeed_bytes({ sides, selfPayment }: Memory): number {
  return Math.max(...Object.values(sides).map(kept_bytes)) + sum(selfPayment);
}

/** The same while a journal goes up a cable: see SyncPagesOutput. */
export function syncNeed_bytes({ sides, syncPages }: Memory): number {
  return Math.max(...Object.values(sides).map(kept_bytes)) + sum(syncPages.most);
}

const kept_bytes = ({ wallet, stackSlotsMax }: AloneOutput): number =>
  sum(wallet) + stackSlotsMax * SLOT_BYTES;
const sum = ({ chunks, slots }: Bytes): number => chunks + slots;

const SLOT_BYTES = 16;
