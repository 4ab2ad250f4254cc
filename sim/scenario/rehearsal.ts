import { Ins } from '../../firmware/protocol/apdu.js';
import { Terminal } from '../../firmware/terminal/terminal.js';
import type { Device } from '../device/device.js';
import { World } from '../world/world.js';
import { type Phase, PULL_PHASES, PUSH_PHASES, type TearPlace } from './scenario.js';

export interface Exchange {
  /** Bytes on the air before it, counted from the beginning of the touch, and after it. */
  readonly start: number;
  /** The same when the card has all of the command. */
  split: number;
  end: number;
}

export interface Rehearsed {
  readonly kind: 'pull' | 'push';
  readonly amount: number;
  readonly pin: Uint8Array | undefined;
  /** Whether the cardholder presses the button in between. */
  readonly press: boolean;
}

/**
 * Which byte on the air a place in a touch is: the touch is played with copies of both devices in a world of
 * their own, and looked at. A phase is counted from SELECT, as in a touch that finds nothing open between the
 * two. Undefined when the touch never gets there.
 */
export function airByteOf(
  world: World,
  reader: Device,
  card: Device,
  touch: Rehearsed,
  place: TearPlace,
): number | undefined {
  if ('byte' in place) return place.byte;
  const { total, exchanges } = rehearse(world, reader, card, touch);
  if ('fraction' in place) return Math.max(1, Math.round(total * place.fraction));
  const phases: readonly Phase[] = touch.kind === 'pull' ? PULL_PHASES : PUSH_PHASES;
  const exchange = exchanges[phases.indexOf(place.phase)];
  if (!exchange) return undefined;
  const { start, split, end } = exchange;
  const middle = place.part === 'request' ? (start + split) / 2 : (split + end) / 2;
  return Math.max(1, Math.round(middle));
}

/** Plays the touch with copies of both devices, in a world of their own. */
export function rehearse(
  world: World,
  reader: Device,
  card: Device,
  { kind, amount, pin, press }: Rehearsed,
): { total: number; exchanges: readonly Exchange[] } {
  const stage = new World(
    world.seed,
    world.now_s,
    world.crypto,
    world.bitRateMax_kbps,
    world.processors?.copy(),
  );
  const [terminal, wallet] = [reader, card].map((device) => copyOf(stage, device));
  const exchanges: Exchange[] = [];
  const order = terminal.terminal.order(kind, amount, pin);
  if (press) {
    stage.touch(terminal, wallet, order);
    stage.press(wallet);
  }
  const { field } = stage;
  const before = field.bytes;
  const real = terminal.reader;
  const { connect, release, transceive } = real;
  terminal.terminal = new Terminal(terminal.wallet, {
    connect,
    release,
    get timing() {
      return real.timing;
    },
    transceive(command, done) {
      const start = field.bytes - before;
      const asked = field.counters.readerToCard_bytes;
      const exchange: Exchange = { start, split: start, end: start };
      transceive(command, (error, response) => {
        exchange.split = start + field.counters.readerToCard_bytes - asked;
        exchange.end = field.bytes - before;
        // No phase: there may be none of it, or up to three.
        if (!error && command[1] !== Ins.proximity) exchanges.push(exchange);
        done(error, response);
      });
    },
  });
  stage.touch(terminal, wallet, order);
  return { total: field.bytes - before, exchanges };
}

function copyOf(stage: World, device: Device): Device {
  const copy = stage.device(device.name, { flashSectors: device.nor.sectorCount });
  copy.powerOff();
  copy.nor.importImage(device.nor.exportImage());
  copy.powerOn();
  return copy;
}
