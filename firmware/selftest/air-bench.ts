/**
 * What the front ends of two devices take for each other: one is a card that answers, the other asks. Neither
 * wallet has a part in it.
 */
import type { NfcCard, NfcError, NfcReader } from '../../hal/nfc.js';
import { getU16, NOTHING, putU16 } from '../bytes.js';
import { BenchUnit } from '../console/codes.js';
import type { BenchParts } from './meter.js';

/** Bytes of the answers that are measured: a short frame, one that is chained once, and a touch's longest. */
export const ANSWER_BYTES: readonly number[] = [16, 64, 200];
/** The least of so many counts, as in `bench.ts`. */
const REPEATS = 8;
/** Two hosts begin the two sides one after the other. */
const CONNECT_MS = 6_000;
const LISTEN_MS = 12_000;
/**
 * ISO 7816-4 knows no class FF: no card of anybody's takes it for a command. P1 and P2 say how long the
 * answer is to be.
 */
const CLA_NONE = 0xff;
const COMMAND_BYTES = 4;
const LENGTH_OFFSET = 2;
/** To whom it is not: class not supported. */
const REFUSAL = Uint8Array.of(0x6e, 0x00);

type Parts = Pick<BenchParts, 'clock' | 'meter'>;
/** The least time for each of ANSWER_BYTES, microseconds; undefined when it did not come to that. */
type Done = (least_us: readonly number[] | undefined) => void;

/** Microseconds, as far as the device can tell: one that counts instructions has milliseconds. */
function stopwatch({ clock, meter }: Parts): () => number {
  const isFine = meter.unit === BenchUnit.microseconds;
  let start = 0;
  const passed_us = (): number =>
    isFine ? meter.now() - start : 1_000 * ((clock.ticks_ms() - start) & 0x7fffffff);
  return () => {
    const passed = passed_us();
    start = isFine ? meter.now() : clock.ticks_ms();
    return passed;
  };
}

class Least {
  readonly times_us = ANSWER_BYTES.map(() => Number.POSITIVE_INFINITY);

  note(bytes: number, time_us: number): void {
    const at = ANSWER_BYTES.indexOf(bytes);
    if (at >= 0 && time_us >= 0 && time_us < this.times_us[at]) this.times_us[at] = Math.round(time_us);
  }

  get all(): readonly number[] | undefined {
    for (const time_us of this.times_us) if (time_us === Number.POSITIVE_INFINITY) return undefined;
    return this.times_us;
  }
}

/**
 * A card until a reader has asked for all of ANSWER_BYTES and gone, or LISTEN_MS are over. Measures from
 * `respond` until the front end says that the answer has left: a TgSetData of the PN532.
 */
export function answerExchanges(parts: Parts, card: NfcCard, done: Done): void {
  const least = new Least();
  const lap_us = stopwatch(parts);
  let sending = 0;
  let hasEnded = false;
  const end = (): void => {
    if (hasEnded) return;
    hasEnded = true;
    alarm.cancel();
    card.stop(() => done(least.all));
  };
  const alarm = parts.clock.schedule(LISTEN_MS, end);
  card.listen({
    onActivated() {},
    onCommand(command, respond) {
      const bytes = command.length === COMMAND_BYTES ? getU16(command, LENGTH_OFFSET) : 0;
      const isOurs = command[0] === CLA_NONE && ANSWER_BYTES.indexOf(bytes) >= 0;
      const answer = isOurs ? new Uint8Array(bytes) : REFUSAL;
      sending = answer.length;
      lap_us();
      respond(answer);
    },
    onSent: () => least.note(sending, lap_us()),
    onDeactivated() {
      // Not from within the front end's own call.
      if (least.all) parts.clock.schedule(0, end);
    },
  });
}

/**
 * A reader that asks a card of the same kind for each of ANSWER_BYTES, at `kbps` if the card agrees. Measures
 * from `transceive` until the answer is there. `done` gets the rate that there was, kbit/s.
 */
export function askExchanges(
  parts: Parts,
  reader: NfcReader,
  kbps: number,
  done: (least_us: readonly number[] | undefined, kbps: number) => void,
): void {
  const least = new Least();
  const lap_us = stopwatch(parts);
  const command = Uint8Array.of(CLA_NONE, 0, 0, 0);
  const usual_kbps = reader.bitRateMax_kbps;
  let rate_kbps = 0;
  let turn = 0;
  const end = (): void => {
    if (usual_kbps !== undefined) reader.bitRateMax_kbps = usual_kbps;
    reader.release(() => done(least.all, rate_kbps));
  };
  const ask = (): void => {
    const bytes = ANSWER_BYTES[Math.floor(turn / REPEATS)];
    if (bytes === undefined) return end();
    turn++;
    putU16(command, LENGTH_OFFSET, bytes);
    lap_us();
    reader.transceive(command, (error: NfcError | undefined, response: Uint8Array = NOTHING) => {
      const time_us = lap_us();
      if (error || response.length !== bytes) return end();
      least.note(bytes, time_us);
      ask();
    });
  };
  if (usual_kbps !== undefined) reader.bitRateMax_kbps = kbps;
  reader.connect(CONNECT_MS, (error) => {
    if (error) return end();
    rate_kbps = reader.bitRate_kbps ?? 0;
    ask();
  });
}
