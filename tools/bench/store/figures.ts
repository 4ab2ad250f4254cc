import type { BootFigures, NeglectFigures } from './boot.js';
import type { CapacityFigures, EndlessFigures } from './capacity.js';
import type { RamFigures } from './ram.js';
import type { SideFigures } from './touch.js';
import type { WearFigures } from './wear.js';

/** All that the benchmark of the store measures. */
export interface Figures {
  readonly boot: readonly BootFigures[];
  readonly neglect: readonly NeglectFigures[];
  readonly capacity: readonly CapacityFigures[];
  readonly endless: EndlessFigures;
  readonly touch: readonly SideFigures[];
  readonly wear: readonly WearFigures[];
  readonly ram: RamFigures;
}
