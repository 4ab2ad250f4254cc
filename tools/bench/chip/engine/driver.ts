/**
 * Runs in XS on the chip: the PN532's driver, hearing what it heard in a touch. Prints the instructions of
 * each event, as JSON.
 */
import { NOTHING } from '../../../../firmware/bytes.js';
import type { OpenSerial } from '../../../../hal/byte-link.js';
import type { Clock } from '../../../../hal/clock.js';
import { HsuLink } from '../../../../hal/pn532/link-hsu.js';
import { Pn532 } from '../../../../hal/pn532/pn532.js';
import { nativeFrames } from '../../../../hal/pn532-frames.js';
import { collectGarbage, input, instructions, print } from '../../../xs/engine.js';
import type { Side } from '../steps.js';
import type { Tape } from '../tape.js';
import { fromHex } from './hex.js';

export interface DriverInput {
  readonly side: Side;
  readonly baud: number;
  readonly tape: Tape;
  /** What this side sends, in hexadecimal: commands, or answers. */
  readonly messages: readonly string[];
}

export interface DriverOutput {
  /** Of the call that begins the touch; for the reader. */
  readonly begin: number;
  readonly events: readonly number[];
}

const ROOM_BYTES = 512;

function run({ side, baud, tape, messages }: DriverInput): DriverOutput {
  const sent = messages.map(fromHex);
  const alarms: (() => void)[] = [];
  let tick = 0;
  const clock: Clock = {
    ticks_ms: () => tape.ticks_ms[tick++],
    ticks_us: () => 0,
    uptime_s: () => 0,
    schedule(_, callback) {
      alarms.push(callback);
      return { cancel() {} };
    },
  };
  let waiting = NOTHING;
  let readable = () => {};
  const open: OpenSerial = (options) => {
    readable = options.onReadable;
    options.onWritable(ROOM_BYTES);
    return {
      read(target) {
        const count = Math.min(target.length, waiting.length);
        if (count > 0) target.set(count === waiting.length ? waiting : waiting.subarray(0, count));
        waiting = count === waiting.length ? NOTHING : waiting.subarray(count);
        return count;
      },
      write: () => options.onWritable(ROOM_BYTES),
      close() {},
    };
  };
  const entropy = { fill: (target: Uint8Array) => void target.fill(7) };
  const pn532 = new Pn532({ link: new HsuLink(open), clock, entropy, baud, frames: nativeFrames });
  let at = 0;
  const { reader, card } = pn532;
  const exchange = () => {
    if (at < sent.length) reader.transceive(sent[at++], exchange);
    else reader.release(() => undefined);
  };
  if (side === 'terminal') reader.connect(50, () => reader.release(() => undefined));
  else {
    card.listen({
      onActivated() {},
      onCommand: (_, respond) => respond(sent[at++]),
      onDeactivated() {},
    });
  }
  let begin = 0;
  const events: number[] = [];
  let touching = false;
  for (const event of tape.events) {
    if (event === 'touch') {
      collectGarbage();
      touching = true;
      const start = instructions();
      if (side === 'terminal') reader.connect(500, exchange);
      begin = instructions() - start;
      continue;
    }
    if ('bytes' in event) waiting = fromHex(event.bytes);
    const start = instructions();
    if ('bytes' in event) readable();
    else alarms[event.alarm]();
    if (touching) events.push(instructions() - start);
  }
  if (at !== sent.length) throw new Error(`the driver sent ${at} of ${sent.length} messages`);
  return { begin, events };
}

print(JSON.stringify(run(input() as DriverInput)));
