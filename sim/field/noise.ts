import type { Noise } from '../chip/rf-field.js';
import type { LinkNoise } from '../chip/uart.js';
import type { Chance } from './chance.js';

/** Frames that are lost, damaged or doubled on the air, one in `inSo`. */
export function airNoise(chance: Chance, inSo: number): Noise {
  return () => (chance.once(inSo) ? chance.pick(['lost', 'damaged', 'doubled'] as const) : 'clean');
}

/** What happens to a frame on a serial line, one in `inSo`: bytes or all of it lost, doubled, or wrong. */
export function lineNoise(chance: Chance, inSo: number): LinkNoise {
  return (bytes) => {
    if (bytes.length === 0 || !chance.once(inSo)) return bytes;
    const at = chance.below(bytes.length);
    const before = bytes.subarray(0, at);
    switch (chance.below(5)) {
      case 0:
        return new Uint8Array(0);
      case 1:
        return Uint8Array.of(...bytes, ...bytes);
      case 2:
        return Uint8Array.of(...before, ...bytes.subarray(at + 1 + chance.below(4)));
      case 3:
        return Uint8Array.of(...before, bytes[at]!, ...bytes.subarray(at));
      default:
        return Uint8Array.of(...before, bytes[at]! ^ (1 << chance.below(8)), ...bytes.subarray(at + 1));
    }
  };
}
