/** What a device takes of the engine's memory: each side of a touch alone in it, the other played from a recording. */
import { pairOf } from './cases.js';
import { onChip } from './count.js';
import type { AloneInput, AloneOutput } from './engine/alone.js';
import { flashImage } from './flash-image.js';
import type { Side } from './steps.js';

export interface Memory {
  /** The engine's own objects, before the firmware. */
  readonly engine: { readonly chunks: number; readonly slots: number };
  readonly sides: Record<Side, AloneOutput>;
}

/** Little more than a board's, so that a collection has no more to sweep than there; the flash and the recording lie in the chunks. */
const SIZES = { chunkBytes: 4 * 1024 * 1024, slots: 24 * 1024, stackSlots: 2_048 };

export async function memoryOfTouch(): Promise<Memory> {
  const { terminal, card, kind, amount } = pairOf('strangers');
  const run = (side: AloneInput['side'], messages: readonly string[]) => {
    const [terminalImage, cardImage] = [terminal, card].map(({ nor }) => flashImage(nor.exportImage()));
    const input: AloneInput = { side, terminal: terminalImage, card: cardImage, kind, amount, messages };
    return onChip<AloneOutput>('alone.ts', input, SIZES);
  };
  const { messages } = await run('both', []);
  return {
    engine: await onChip<Memory['engine']>('nothing.ts', null, SIZES),
    sides: { terminal: await run('terminal', messages), card: await run('card', messages) },
  };
}

