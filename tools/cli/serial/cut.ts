import { writeSync } from 'node:fs';
import type { Flash } from '../../../hal/flash.js';

const STANDARD_OUTPUT = 1;

/**
 * Gives flashes that count their writes together, until one of them is number `cut`: half of it is done, and
 * the program is killed as by a plug that is pulled. Without a number they are left as they are.
 */
export function cutAt(cut: number | undefined): (flash: Flash) => Flash {
  if (cut === undefined) return (flash) => flash;
  let writes = 0;
  return (flash) => ({
    sectorBytes: flash.sectorBytes,
    sectorCount: flash.sectorCount,
    programUnitBytes: flash.programUnitBytes,
    read: (address, target) => flash.read(address, target),
    program: (address, data) => {
      if (++writes < cut) return flash.program(address, data);
      const units = data.length / flash.programUnitBytes;
      flash.program(address, data.subarray(0, Math.floor(units / 2) * flash.programUnitBytes));
      pullPlug(cut);
    },
    erase: (sector) => {
      if (++writes < cut) return flash.erase(sector);
      pullPlug(cut);
    },
  });
}

/** Nothing of this process runs after it: what is in the flash files is what there is. */
function pullPlug(cut: number): void {
  writeSync(STANDARD_OUTPUT, `the plug is pulled, in write ${cut}\n`);
  process.kill(process.pid, 'SIGKILL');
}
