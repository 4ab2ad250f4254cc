/**
 * Runs in XS on the chip: the device as firmware/main.ts composes it, on the emulated board. Never ends by
 * itself.
 */

import { claimsOf, Device } from '../../firmware/app/device.js';
import { BenchUnit } from '../../firmware/console/codes.js';
import { Console } from '../../firmware/console/console.js';
import { SerialConsole } from '../../firmware/console/serial-console.js';
import { WalletError } from '../../firmware/wallet/wallet-error.js';
import { crc32 } from '../../hal/crc32-native.js';
import { curve25519Crypto as crypto } from '../../hal/crypto/curve25519.js';
import { WayKind } from '../../hal/diagnosis/front-end.js';
import { Pn532FrontEnd } from '../../hal/diagnosis/pn532-front-end.js';
import { BAUD_AT_POWER_UP } from '../../hal/pn532/commands.js';
import { HsuLink } from '../../hal/pn532/link-hsu.js';
import { Pn532 } from '../../hal/pn532/pn532.js';
import { nativeFrames } from '../../hal/pn532-frames.js';
import { SimEntropy } from '../../sim/chip/entropy.js';
import { input, instructions } from '../xs/engine.js';
import { clock, consoleUart, flash, frontEndUart, run } from './hardware.js';

const CHIP_ID = Uint8Array.of(0x72, 0x76, 0x33, 0x32, 0x69, 0x6d, 0x63, 0x00);

const { seed, clockShift } = input() as { seed: number; clockShift: number };
const createLink = () => new HsuLink(frontEndUart.open);
const device = new Device({
  flash,
  clock,
  entropy: new SimEntropy(seed, 'emulated board'),
  crypto,
  crc32,
  ui: { show() {}, notify() {}, press() {}, attach() {} },
  createChip: (entropy) =>
    new Pn532({ link: createLink(), clock, entropy, baud: BAUD_AT_POWER_UP, frames: nativeFrames }),
});
const { log, entropy, opened, applications } = device;
const hardware = { board: 'emulated board', chip: 'rv32imc', link: 'hsu', chipId: CHIP_ID };
/** QEMU's counter of instructions counts the ticks of its clock. */
const meter = { unit: BenchUnit.instructions, now: () => instructions() / 2 ** clockShift };
const common = { crypto, crc32, entropy, clock, flash, hardware, meter, log, ...opened };
const open = (console: Console) => new SerialConsole(console, crc32, clock, consoleUart.open);

device.start();
if (applications) {
  const { chip, card, mode } = applications;
  const frontEnd = new Pn532FrontEnd({
    pn532: chip,
    levels: new Uint8Array(0),
    own: { kind: WayKind.hsu, baud: BAUD_AT_POWER_UP, createLink },
    others: [],
    ...claimsOf(mode),
  });
  open(new Console({ ...common, card, mode, frontEnd, onUsed: () => mode.touched() }));
} else {
  // A mistake in the code is not the flash's.
  if (!(opened.error instanceof WalletError)) throw opened.error;
  open(new Console({ ...common, card: undefined, mode: undefined, frontEnd: undefined, onUsed() {} }));
}
run();
