/** The whole device on the chip: which parts there are, and who knows whom. */
import device from 'embedded:provider/builtin';
import config from 'mc/config';
import type { Board, LinkName } from '../hal/boards/board.js';
import type { OpenSerial } from '../hal/byte-link.js';
import type { Alarm, Clock } from '../hal/clock.js';
import { crc32 } from '../hal/crc32-native.js';
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
import type { WakeCause } from '../hal/power.js';
import { Applications, openLogged } from './app/device.js';
import { EventCode, EventLog, WAKE_CAUSES } from './app/event-log.js';
import { loggedInterface, WatchedEntropy } from './app/logged.js';
import type { Mode } from './app/mode.js';
import { BenchUnit } from './console/codes.js';
import { Console, type ConsoleParts } from './console/console.js';
import { SerialConsole } from './console/serial-console.js';
import { Button } from './ui/button.js';
import type { UserInterface } from './ui/user-interface.js';
import type { Wallet } from './wallet/wallet.js';

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

const { board, createInterface, openConsole } = device as unknown as Provided;
const linkName: LinkName = config.link ?? board.link;
/** TgInitAsTarget's mode: some phones want 5, some boards hang on it over I2C. */
const cardOptions: CardOptions = config.cardMode === undefined ? {} : { mode: Number(config.cardMode) };
const power = hardwarePower(board[linkName].irq, board.buttons[0].pin);
const log = new EventLog(clock);
const entropy = new WatchedEntropy(hardwareEntropy, log);
const ui = loggedInterface(createInterface(clock), log);

/**
 * The engine calls this before it gives up on an uncaught exception: start again, which recovers from flash.
 */
(globalThis as { abort?: (why: string) => void }).abort = () => power.restart();

const flash = new PartitionFlash(NOTES_PARTITION);
/** Before the wires are in use; a reader that woke us would wait for it. */
const WAKES: readonly WakeCause[] = ['field', 'button', 'timer'];
const levels = WAKES.includes(power.wokenBy) ? new Uint8Array(0) : levelsAtRest(board, linkName);

function sleep(pn532: Pn532, mode: Mode): void {
  ui.notify('asleep');
  mode.lend(() => sleepUntilField(pn532, () => power.sleep()));
}

/** A port that cannot be had, as in a build with the debugger on it, leaves a device without a console. */
function startConsole(parts: Pick<ConsoleParts, 'card' | 'frontEnd' | 'onUsed'>): void {
  const hardware = { board: board.title, chip: board.chip, link: linkName, chipId: chipId() };
  const meter = { unit: BenchUnit.microseconds, now: microseconds };
  const crypto = sodiumCrypto;
  try {
    const device = new Console({
      crypto,
      crc32,
      entropy,
      clock,
      flash,
      hardware,
      meter,
      log,
      ...opened,
      ...parts,
    });
    new SerialConsole(device, crc32, clock, openConsole(clock));
  } catch {
    trace('no console: its port is in use\n');
  }
}

function run(wallet: Wallet): void {
  const link = createLink(board, linkName, clock);
  const pn532 = new Pn532({ link, clock, entropy, baud: board.hsu.baud, card: cardOptions });
  const idle_ms = power.wokenBy === 'field' ? IDLE_AFTER_FIELD_MS : IDLE_MS;
  const onIdle = () => sleep(pn532, unit.mode);
  const unit: Applications = new Applications({
    wallet,
    chip: pn532,
    entropy,
    ui,
    clock,
    log,
    idle_ms,
    onIdle,
  });
  const { card, mode } = unit;
  const frontEnd = new Pn532FrontEnd({
    pn532,
    levels,
    own: ownWay(board, linkName, clock),
    others: otherWays(board, linkName, clock),
    ...unit.claims,
  });
  openButtons(board, (index, isDown) => {
    const button = new Button(clock, isDown, (press) => {
      mode.touched();
      ui.press(index, press);
    });
    return () => button.edge();
  });
  mode.start();
  startConsole({ card, frontEnd, onUsed: () => mode.touched() });
  // Keys made ahead come after the chip listens: a reader that woke us is waiting.
  clock.schedule(0, () => wallet.idle());
}

log.note(EventCode.started, WAKE_CAUSES.indexOf(power.wokenBy));
const opened = openLogged({ flash, clock, entropy, crypto: sodiumCrypto, crc32, presence: ui }, log);
if (opened.wallet) {
  run(opened.wallet);
} else {
  ui.notify(opened.otherFormat === 0 ? 'broken' : 'other-format');
  const rest = (): Alarm => clock.schedule(FAULT_SHOWN_MS, () => power.sleep());
  let alarm = rest();
  const onUsed = (): void => {
    alarm.cancel();
    alarm = rest();
  };
  startConsole({ card: undefined, frontEnd: undefined, onUsed });
}
