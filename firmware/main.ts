/** The whole device on the chip: which parts there are, and who knows whom. */
import device from 'embedded:provider/builtin';
import config from 'mc/config';
import type { Board, LinkName } from '../hal/boards/board.js';
import type { Clock } from '../hal/clock.js';
import { crc32 } from '../hal/crc32-native.js';
import { sodiumCrypto } from '../hal/crypto/sodium.js';
import { openButtons } from '../hal/esp32/buttons.js';
import { hardwareClock as clock } from '../hal/esp32/clock.js';

import { hardwareEntropy as entropy } from '../hal/esp32/entropy.js';
import type { Face } from '../hal/esp32/face.js';
import { PartitionFlash } from '../hal/esp32/flash.js';
import { createLink } from '../hal/esp32/links.js';
import { hardwarePower } from '../hal/esp32/power.js';
import { sleepUntilField } from '../hal/esp32/sleeping.js';
import type { CardOptions } from '../hal/pn532/card.js';
import { Pn532 } from '../hal/pn532/pn532.js';
import { Card } from './card/card.js';
import { Role } from './role.js';
import { Terminal } from './terminal/terminal.js';
import { Wallet } from './wallet/wallet.js';

const NOTES_PARTITION = 'notes';
/** A device that a field woke waits less long for the reader than one that its owner holds. */
const IDLE_MS = 30_000;
const IDLE_AFTER_FIELD_MS = 3_000;
/** A fault is shown for so long; then the battery is spared. */
const FAULT_SHOWN_MS = 10_000;

const { board, createFace } = device as unknown as { board: Board; createFace(clock: Clock): Face };
const linkName: LinkName = config.link ?? board.link;
/** TgInitAsTarget's mode: some phones want 5, some boards hang on it over I2C. */
const cardOptions: CardOptions = config.cardMode === undefined ? {} : { mode: Number(config.cardMode) };
const power = hardwarePower(board[linkName].irq, board.buttons[0].pin);
const face = createFace(clock);

/** The engine calls this before it gives up on an uncaught exception: start again, which recovers from flash. */
(globalThis as { abort?: (why: string) => void }).abort = () => power.restart();

function openWallet(): Wallet | undefined {
  const flash = new PartitionFlash(NOTES_PARTITION);
  const env = { flash, clock, entropy, crypto: sodiumCrypto, crc32, presence: face };
  try {
    return Wallet.open(env);
  } catch {
    // There may be somebody's money on it: nothing is written, whoever holds the device is told.
    return undefined;
  }
}

function sleep(pn532: Pn532): void {
  face.tell('asleep');
  pn532.card.stop(() => sleepUntilField(pn532, () => power.sleep()));
}

function run(wallet: Wallet): void {
  const link = createLink(board, linkName, clock);
  const pn532 = new Pn532({ link, clock, entropy, baud: board.hsu.baud, card: cardOptions });
  const role = new Role({
    wallet,
    handler: new Card(wallet),
    card: pn532.card,
    terminal: new Terminal(wallet, pn532.reader),
    face,
    clock,
    idle_ms: power.wokenBy === 'field' ? IDLE_AFTER_FIELD_MS : IDLE_MS,
    onIdle: () => sleep(pn532),
  });
  openButtons(board, face, clock, () => role.touched());
  role.start();
  // Keys made ahead come after the chip listens: a reader that woke us is waiting.
  clock.schedule(0, () => wallet.idle());
}

const wallet = openWallet();
if (wallet) {
  run(wallet);
} else {
  face.tell('broken');
  clock.schedule(FAULT_SHOWN_MS, () => power.sleep());
}
