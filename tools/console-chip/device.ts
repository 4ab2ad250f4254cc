/** Runs in XS on the chip: the device as firmware/main.ts composes it, on the emulated board. Never ends by itself. */
import { BenchUnit } from '../../firmware/console/codes.js';
import { Console } from '../../firmware/console/console.js';
import { EventCode, EventLog } from '../../firmware/console/log.js';
import { SerialConsole } from '../../firmware/console/serial-console.js';
import { openWatched, Unit } from '../../firmware/console/unit.js';
import { watchedFace } from '../../firmware/console/watch.js';
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
const entropy = new SimEntropy(seed, 'emulated board');
const log = new EventLog(clock);
const face = watchedFace({ show() {}, tell() {}, press() {}, meet() {} }, log);

log.note(EventCode.started, 0);
const wallet = openWatched({ flash, clock, entropy, crypto, crc32, presence: face }, log);
const hardware = { board: 'emulated board', chip: 'rv32imc', link: 'hsu', chipId: CHIP_ID };
/** QEMU's counter of instructions counts the ticks of its clock. */
const meter = { unit: BenchUnit.instructions, now: () => instructions() / 2 ** clockShift };
const common = { crypto, crc32, entropy, clock, flash, hardware, meter, log };
const open = (device: Console) => new SerialConsole(device, crc32, clock, consoleUart.open);

if (wallet) {
  const createLink = () => new HsuLink(frontEndUart.open);
  const pn532 = new Pn532({ link: createLink(), clock, entropy, baud: BAUD_AT_POWER_UP });
  const unit = new Unit({ wallet, chip: pn532, face, clock, log, idle_ms: IDLE_MS, onIdle() {} });
  const { card, role } = unit;
  const frontEnd = new Pn532FrontEnd({
    pn532,
    levels: new Uint8Array(0),
    own: { kind: WayKind.hsu, baud: BAUD_AT_POWER_UP, createLink },
    others: [],
    ...unit.claims,
  });
  role.start();
  open(new Console({ ...common, wallet, card, frontEnd, onUsed: () => role.touched() }));
  clock.schedule(0, () => wallet.idle());
} else {
  open(new Console({ ...common, wallet, card: undefined, frontEnd: undefined, onUsed() {} }));
}
run();
