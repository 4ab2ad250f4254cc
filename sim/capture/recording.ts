import type { AirEvent } from '../chip/rf-field.js';
import type { LinkEvent } from '../chip/uart.js';
import type { ApduEvent } from '../device/device.js';
import type { World } from '../world/world.js';
import { type StateChange, Watch } from './states.js';

/** A time in which a device was busy, microseconds of the simulated clock. */
export interface Span {
  readonly start_us: number;
  readonly end_us: number;
}

export interface TouchSpan extends Span {
  readonly reader: string;
  readonly card: string;
  readonly outcome: string;
}

/** Everything that was said and done, each in the order in which it ended. */
export interface Recording {
  /** Unix seconds at the beginning of simulated time. */
  readonly start_s: number;
  readonly touches: readonly TouchSpan[];
  readonly air: readonly AirEvent[];
  readonly apdus: readonly (ApduEvent & { readonly reader: string })[];
  readonly links: readonly (LinkEvent & { readonly device: string })[];
  readonly flash: readonly (Span & { readonly device: string })[];
  /** When processors were busy, where the world has any. */
  readonly compute: readonly (Span & { readonly device: string })[];
  /** What the devices' firmware was in. */
  readonly states: readonly StateChange[];
}

/**
 * Listens to a world from now on: its air, and the devices that are made in it. `clear` forgets what was
 * heard.
 */
export function record(world: World): Recording & { clear(): void } {
  const recording = {
    start_s: world.start_s,
    touches: [] as TouchSpan[],
    air: [] as AirEvent[],
    apdus: [] as Recording['apdus'][number][],
    links: [] as Recording['links'][number][],
    flash: [] as Recording['flash'][number][],
    compute: [] as Recording['compute'][number][],
    states: [] as StateChange[],
    clear(): void {
      const { touches, air, apdus, links, flash, compute, states } = recording;
      for (const list of [touches, air, apdus, links, flash, compute, states]) list.length = 0;
    },
  };
  world.field.listener = (event) => void recording.air.push({ ...event, bytes: event.bytes.slice() });
  const watch = new Watch((change) => void recording.states.push(change));
  world.listener = {
    onTouchBegin: (reader, card) => watch.begin(reader, card),
    onTouch: (touch) => void recording.touches.push(touch),
    onDevice: (made) => {
      const device = made.name;
      made.listener = {
        onApdu: (event) => void recording.apdus.push({ ...event, reader: device }),
        onFlash: (start_us, end_us) => void recording.flash.push({ start_us, end_us, device }),
        onCompute: (start_us, end_us) => void recording.compute.push({ start_us, end_us, device }),
        onMoment: () => watch.look(made),
      };
      made.module.uart.listener = (event) =>
        void recording.links.push({ ...event, bytes: event.bytes.slice(), device });
    },
  };
  return recording;
}
