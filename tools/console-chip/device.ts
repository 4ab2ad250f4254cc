/**
 * Runs in XS on the chip: the device as firmware/main.ts composes it, on the emulated board. Never ends by
 * itself.
 */

import { Applications, openLogged } from '../../firmware/app/device.js';
import { EventCode, EventLog } from '../../firmware/app/event-log.js';
import { loggedInterface, WatchedEntropy } from '../../firmware/app/logged.js';
import { BenchUnit } from '../../firmware/console/codes.js';
import { Console } from '../../firmware/console/console.js';
import { SerialConsole } from '../../firmware/console/serial-console.js';
import { crc32 } from '../../hal/crc32-native.js';
import { sodiumCrypto as crypto } from '../../hal/crypto/sodium.js';
import { WayKind } from '../../hal/diagnosis/front-end.js';
import { Pn532FrontEnd } from '../../hal/diagnosis/pn532-front-end.js';
import { BAUD_AT_POWER_UP } from '../../hal/pn532/commands.js';
import { HsuLink } from '../../hal/pn532/link-hsu.js';
import { Pn532 } from '../../hal/pn532/pn532.js';
import { SimEntropy } from '../../sim/chip/entropy.js';
import { input, instructions } from '../xs/engine.js';
import { clock, consoleUart, flash, frontEndUart, run } from './hardware.js';

/** A board on a cable does not sleep. */
const IDLE_MS = 0x3fffffff;
const CHIP_ID = Uint8Array.of(0x72, 0x76, 0x33, 0x32, 0x69, 0x6d, 0x63, 0x00);

const { seed, clockShift } = input() as { seed: number; clockShift: number };
const log = new EventLog(clock);
const entropy = new WatchedEntropy(new SimEntropy(seed, 'emulated board'), log);
const ui = loggedInterface({ show() {}, notify() {}, press() {}, attach() {} }, log);

log.note(EventCode.started, 0);
const opened = openLogged({ flash, clock, entropy, crypto, crc32, presence: ui }, log);
const { wallet } = opened;
const hardware = { board: 'emulated board', chip: 'rv32imc', link: 'hsu', chipId: CHIP_ID };
/** QEMU's counter of instructions counts the ticks of its clock. */
const meter = { unit: BenchUnit.instructions, now: () => instructions() / 2 ** clockShift };
const common = { crypto, crc32, entropy, clock, flash, hardware, meter, log, ...opened };
const open = (device: Console) => new SerialConsole(device, crc32, clock, consoleUart.open);

if (wallet) {
  const createLink = () => new HsuLink(frontEndUart.open);
  const pn532 = new Pn532({ link: createLink(), clock, entropy, baud: BAUD_AT_POWER_UP });
  const unit = new Applications({
    wallet,
    chip: pn532,
    entropy,
    ui,
    clock,
    log,
    idle_ms: IDLE_MS,
    onIdle() {},
  });
  const { card, mode } = unit;
  const frontEnd = new Pn532FrontEnd({
    pn532,
    levels: new Uint8Array(0),
    own: { kind: WayKind.hsu, baud: BAUD_AT_POWER_UP, createLink },
    others: [],
    ...unit.claims,
  });
  mode.start();
  open(new Console({ ...common, card, frontEnd, onUsed: () => mode.touched() }));
  clock.schedule(0, () => wallet.idle());
} else {
  open(new Console({ ...common, card: undefined, frontEnd: undefined, onUsed() {} }));
}
run();
