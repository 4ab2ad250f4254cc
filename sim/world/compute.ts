/**
 * What the processors of a touch take: instructions counted on the emulated chip, spent on the devices' own
 * clocks. `npm run bench:chip -- --renew` writes compute.json.
 */
import { CLA_CHAINING, Ins } from '../../firmware/protocol/apdu.js';
import { Message } from '../../firmware/protocol/message.js';
import { codeName } from '../code-name.js';
import type { Device } from '../device/device.js';
import type { Processor } from '../device/processor.js';
import counted from './compute.json' with { type: 'json' };

export type Side = 'terminal' | 'card';
/** By exchange and side: instructions before its message leaves, and behind it. */
export type ComputeCount = Readonly<Record<string, Readonly<Record<Side, readonly number[]>>>>;

const CASES: Readonly<Record<string, ComputeCount>> = counted.cases;
const { cyclesPerInstruction, clock_MHz } = counted.pace;

/** Processors that remember who has met whom: two who have need not check each other's certificates. */
export class Processors {
  readonly #met: Set<string>;

  constructor(met: Iterable<string> = []) {
    this.#met = new Set(met);
  }

  copy(): Processors {
    return new Processors(this.#met);
  }

  met(reader: Device, card: Device): void {
    this.#met.add(pairOf(reader, card));
  }

  /** An exchange that the bench does not count takes no time. */
  ofTouch(reader: Device, card: Device, kind: string): Record<Side, Processor> {
    const known = this.#met.has(pairOf(reader, card)) ? 'both known' : 'strangers';
    const count = CASES[kind === 'push' ? 'push' : known];
    let exchange = '';
    const time_us = (side: Side, at: number): number =>
      ((count[exchange]?.[side][at] ?? 0) * cyclesPerInstruction) / clock_MHz;
    return {
      terminal: {
        before(command) {
          exchange = command ? exchangeOf(reader, command) : 'close';
          return time_us('terminal', 0);
        },
        behind: () => time_us('terminal', 1),
      },
      card: { before: () => time_us('card', 0), behind: () => time_us('card', 1) },
    };
  }
}

const pairOf = (a: Device, b: Device): string => [a.name, b.name].sort().join(' ');

/** As the bench names it. */
function exchangeOf({ terminal }: Device, [cla, ins]: Uint8Array): string {
  if (ins === Ins.hello) return (cla & CLA_CHAINING) === 0 ? 'hello' : 'key';
  if (ins !== Ins.secure) return codeName(Ins, ins) ?? '';
  return codeName(Message, terminal.said?.message ?? 0) ?? '';
}
