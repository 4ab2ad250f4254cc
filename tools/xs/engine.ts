/** What our builds of the engine offer to the script that they run, beside the project's own C. */

/** One line of output. */
export const print = native('xs_engine_print') as (line: string) => void;

const inputText = native('xs_engine_input') as () => string;

/** The value that the run was started with. */
export const input = (): unknown => JSON.parse(inputText());

/** Instructions that the chip has retired since it started; 0 on the host. */
export const instructions = native('xs_engine_instructions') as () => number;

/** Collects garbage now, so that what is counted next is what lives. */
export const collectGarbage = native('xs_engine_collect') as () => void;

const figure = native('xs_engine_memory') as (which: number) => number;

export interface MemoryFigures {
  /** What lives, and what has died since the last collection. */
  readonly chunkBytes: number;
  readonly chunkBytesMax: number;
  readonly slots: number;
  readonly slotsMax: number;
  readonly stackSlotsMax: number;
  readonly slotBytes: number;
  /** 0 on the host. */
  readonly cStackBytesMax: number;
}

export const memory = (): MemoryFigures => ({
  chunkBytes: figure(0),
  chunkBytesMax: figure(1),
  slots: figure(2),
  slotsMax: figure(3),
  stackSlotsMax: figure(4),
  slotBytes: figure(5),
  cStackBytesMax: figure(6),
});
