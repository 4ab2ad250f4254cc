/** The whole device on the chip: which parts there are, and who knows whom. */
import provider from 'embedded:provider/builtin';
import config from 'mc/config';
import type { Board, LinkName } from '../hal/boards/board.js';
import type { OpenSerial } from '../hal/byte-link.js';
import type { Alarm, Clock } from '../hal/clock.js';
import { crc32 } from '../hal/crc32-native.js';
import { curve25519Crypto } from '../hal/crypto/curve25519.js';
import { sodiumCrypto } from '../hal/crypto/sodium.js';
import { Pn532FrontEnd } from '../hal/diagnosis/pn532-front-end.js';
import { openButtons } from '../hal/esp32/buttons.js';
import { chipId, microseconds } from '../hal/esp32/chip.js';
import { hardwareClock as clock } from '../hal/esp32/clock.js';
import { hardwareEntropy } from '../hal/esp32/entropy.js';
import { PartitionFlash } from '../hal/esp32/flash.js';
import { createLink } from '../hal/esp32/links.js';
import { hardwarePower } from '../hal/esp32/power.js';
import { sleepUntilField } from '../hal/esp32/sleeping.js';
import { levelsAtRest, otherWays, ownWay } from '../hal/esp32/wires.js';
import type { CardOptions } from '../hal/pn532/card.js';
import { Pn532 } from '../hal/pn532/pn532.js';
import type { ReaderOptions } from '../hal/pn532/reader.js';
import { nativeFrames } from '../hal/pn532-frames.js';
import type { WakeCause } from '../hal/power.js';
import { claimsOf, Device } from './app/device.js';
import { BenchUnit } from './console/codes.js';
import { Console, type ConsoleParts } from './console/console.js';
import { SerialConsole } from './console/serial-console.js';
import { Button } from './ui/button.js';
import type { UserInterface } from './ui/user-interface.js';

/** What a board's provider offers beside its pins. */
interface Provided {
  readonly board: Board;
  createInterface(clock: Clock): UserInterface;
  /** The port of the console. */
  openConsole(clock: Clock): OpenSerial;
}

const NOTES_PARTITION = 'notes';
/** A device that a field woke waits less long for the reader than one that its owner holds. */
const IDLE_MS = 30_000;
const IDLE_AFTER_FIELD_MS = 3_000;
/** A fault is shown for so long; then the battery is spared. */
const FAULT_SHOWN_MS = 10_000;

const { board, createInterface, openConsole } = provider as unknown as Provided;
const linkName: LinkName = config.link ?? board.link;
/** TgInitAsTarget's mode: some phones want 5, some boards hang on it over I2C. */
const cardOptions: CardOptions = config.cardMode === undefined ? {} : { mode: Number(config.cardMode) };
/** What the device as a reader asks cards for; no silicon has shown more than 106 kbit/s yet. */
const readerOptions: ReaderOptions =
  config.bitRate === undefined ? {} : { bitRateMax_kbps: Number(config.bitRate) };
/** `crypto=libsodium` takes everything from there: slower, and the reference for ours. */
const crypto = config.crypto === 'libsodium' ? sodiumCrypto : curve25519Crypto;
const power = hardwarePower(board[linkName].irq, board.buttons[0].pin);
const WAKES: readonly WakeCause[] = ['field', 'button', 'timer'];

/**
 * The engine calls this before it gives up on an uncaught exception: start again, which recovers from flash.
 */
(globalThis as { abort?: (why: string) => void }).abort = () => power.restart();

const flash = new PartitionFlash(NOTES_PARTITION);
/** Before the wires are in use; a reader that woke us would wait for it. */
const levels = WAKES.includes(power.wokenBy) ? new Uint8Array(0) : levelsAtRest(board, linkName);

const tapnote: Device<Pn532> = new Device({
  flash,
  clock,
  entropy: hardwareEntropy,
  crypto,
  crc32,
  ui: createInterface(clock),
  wokenBy: power.wokenBy,
  createChip: (entropy) => {
    const link = createLink(board, linkName, clock);
    const { baud } = board.hsu;
    const roles = { card: cardOptions, reader: readerOptions };
    return new Pn532({ link, clock, entropy, baud, ...roles, frames: nativeFrames });
  },
  idle_ms: power.wokenBy === 'field' ? IDLE_AFTER_FIELD_MS : IDLE_MS,
  onIdle: () => sleep(),
});
const { log, entropy, ui, opened, applications } = tapnote;

function sleep(): void {
  ui.notify('asleep');
  applications?.mode.lend(() => sleepUntilField(applications.chip, () => power.sleep()));
}

/** A port that cannot be had, as in a build with the debugger on it, leaves a device without a console. */
function startConsole(parts: Pick<ConsoleParts, 'card' | 'mode' | 'frontEnd' | 'onUsed'>): void {
  const hardware = { board: board.title, chip: board.chip, link: linkName, chipId: chipId() };
  const meter = { unit: BenchUnit.microseconds, now: microseconds };
  const common = { crypto, crc32, entropy, clock, flash, hardware, meter, log, ...opened };
  try {
    new SerialConsole(new Console({ ...common, ...parts }), crc32, clock, openConsole(clock));
  } catch {
    trace('no console: its port is in use\n');
  }
}

tapnote.start();
if (applications) {
  const { chip, card, mode } = applications;
  const frontEnd = new Pn532FrontEnd({
    pn532: chip,
    levels,
    own: ownWay(board, linkName, clock),
    others: otherWays(board, linkName, clock),
    ...claimsOf(mode),
  });
  openButtons(board, (index, isDown) => {
    const button = new Button(clock, isDown, (press) => {
      mode.touched();
      ui.press(index, press);
    });
    return () => button.edge();
  });
  startConsole({ card, mode, frontEnd, onUsed: () => mode.touched() });
} else {
  const rest = (): Alarm => clock.schedule(FAULT_SHOWN_MS, () => power.sleep());
  let alarm = rest();
  const onUsed = (): void => {
    alarm.cancel();
    alarm = rest();
  };
  startConsole({ card: undefined, mode: undefined, frontEnd: undefined, onUsed });
}
