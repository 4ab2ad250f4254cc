import type { Flash } from '../../hal/flash.js';
import { PowerCut } from './power-cut.js';

/** `flash`, which takes its whole device with it: `onCut` runs when power goes inside an operation. */
export function mortalFlash(flash: Flash, onCut: () => void): Flash {
  const die = <T>(operation: () => T): T => {
    try {
      return operation();
    } catch (error) {
      if (error instanceof PowerCut) onCut();
      throw error;
    }
  };
  return {
    sectorBytes: flash.sectorBytes,
    sectorCount: flash.sectorCount,
    programUnitBytes: flash.programUnitBytes,
    read: (address, target) => die(() => flash.read(address, target)),
    program: (address, data) => die(() => flash.program(address, data)),
    erase: (sector) => die(() => flash.erase(sector)),
  };
}
