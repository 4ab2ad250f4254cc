import { randomInt } from 'node:crypto';
import {
  closeSync,
  constants,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Pn532Chip } from '../../sim/chip/pn532-chip.js';
import { RfField } from '../../sim/chip/rf-field.js';
import { VirtualClock } from '../../sim/chip/virtual-clock.js';
import { openPtyOf } from '../../sim/host/pty.js';
import { buildEngine } from '../xs/build.js';
import { bundle } from '../xs/bundle.js';
import { whyNotOn } from '../xs/run.js';
import { ChipTime } from './chip-time.js';

export interface EmulateOptions {
  /**
   * The chip's RAM, whose upper part is its flash: a sparse file of 128 MB. One that exists is gone on with.
   */
  readonly flash: string;
  /** Simulated time beside the chip's, to bring other devices into its field. */
  readonly clock?: VirtualClock;
  readonly field?: RfField;
}

export interface Emulated {
  /** The pseudo-terminal on the chip's first UART. */
  readonly path: string;
  readonly clock: VirtualClock;
  readonly field: RfField;
  /** The PN532 on its second UART. */
  readonly chip: Pn532Chip;
  /** What the engine said when it gave up; empty while it runs. */
  readonly complaint: string;
  /** Brings the PN532's time up to now: before anything comes to its field from outside. */
  catchUp(): void;
  /** The plug is pulled, at whatever instruction the chip is. */
  stop(): Promise<void>;
}

const QEMU = 'qemu-system-riscv32';
const RAM_BYTES = 128 * 1024 * 1024;
/** As chip-board.c has it, from the beginning of RAM; the mailbox for its time comes after it. */
const FLASH = { at: 0x6000000, bytes: 0x100000 } as const;
const MEMORY = { chunkBytes: 8 * 1024 * 1024, slots: 160 * 1024, stackSlots: 8_192 };
const ENTRY = "import './tools/console-chip/device.js';";
const UART_BYTE_US = Math.round(1e7 / 115_200);
const SEEDS = 2 ** 32 - 1;
/** An instruction takes 2^3 = 8 ns: 125 million a second, as an ESP32-C3 does. */
const CLOCK_SHIFT = 3;

/**
 * The firmware in XS on the emulated rv32imc chip: its console behind a pseudo-terminal, a simulated PN532 on
 * its second UART.
 */
export async function emulateBoard(options: EmulateOptions): Promise<Emulated> {
  const missing = await whyNotOn('chip');
  if (missing !== undefined) throw new Error(missing);
  const bytecode = await bundle(ENTRY, await buildEngine('host'));
  const engine = await buildEngine('chip');
  const folder = mkdtempSync(join(tmpdir(), 'tapnote-chip-'));
  symlinkSync(bytecode, join(folder, 'code'));
  writeFileSync(join(folder, 'input'), JSON.stringify({ seed: randomInt(SEEDS), clockShift: CLOCK_SHIFT }));

  const clock = options.clock ?? new VirtualClock();
  const field = options.field ?? new RfField(clock);
  const chip = new Pn532Chip({ clock, field, name: 'emulated board' });
  loseRam(options.flash);
  const time = new ChipTime(clock, options.flash, FLASH.at + FLASH.bytes);
  const wires = await listenFor(chip, time, join(folder, 'pn532'));
  let complaint = '';
  let giveUp: () => void;
  const hasFailed = new Promise<void>((failed) => {
    giveUp = failed;
  });
  const pty = await openPtyOf({
    args: [QEMU, ...machine(engine, resolve(options.flash))],
    cwd: folder,
    onComplaint: (text) => {
      complaint += text;
      giveUp();
    },
  });
  await Promise.race([time.begun, hasFailed]);
  return {
    path: pty.path,
    clock,
    field,
    chip,
    get complaint() {
      return complaint;
    },
    catchUp: () => time.catchUp(),
    stop: async () => {
      chip.powerOff();
      time.stop();
      await pty.close();
      wires.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * What power takes with it: all of RAM but the flash, which is kept as it is. Makes the file where there is
 * none.
 */
function loseRam(path: string): void {
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT);
  const flash = new Uint8Array(FLASH.bytes);
  readSync(file, flash, 0, FLASH.bytes, FLASH.at);
  ftruncateSync(file, 0);
  ftruncateSync(file, RAM_BYTES);
  writeSync(file, flash, 0, FLASH.bytes, FLASH.at);
  closeSync(file);
}

/**
 * RAM in a file, the first UART on our pipes, and a second one on the PCI bus, because the machine has none.
 */
function machine(engine: string, ram: string): string[] {
  const args = ['code', 'input', ...[MEMORY.chunkBytes, MEMORY.slots, MEMORY.stackSlots].map(String)];
  return [
    ...[
      '-machine',
      'virt,memory-backend=ram',
      '-m',
      `${RAM_BYTES}B`,
      '-bios',
      'none',
      '-icount',
      `shift=${CLOCK_SHIFT}`,
    ],
    ...['-object', `memory-backend-file,id=ram,size=${RAM_BYTES},mem-path=${ram},share=on`],
    ...['-display', 'none', '-monitor', 'none'],
    ...['-chardev', 'stdio,id=console,signal=off', '-serial', 'chardev:console'],
    ...['-chardev', 'socket,id=pn532,path=pn532', '-device', 'pci-serial,chardev=pn532'],
    ...['-semihosting-config', ['enable=on,target=native', ...args].join(',arg=')],
    ...['-kernel', engine],
  ];
}

/**
 * The simulated PN532 at the other end of the emulator's second UART. Bytes in a socket have no rate: any is
 * right.
 */
function listenFor(chip: Pn532Chip, time: ChipTime, path: string): Promise<Server> {
  let line: Socket | undefined;
  chip.connect({
    send: (frame) => {
      if (line?.write(frame.slice()) !== undefined) time.sent(frame.length);
    },
    flush() {},
    setBaud() {},
  });
  const server = createServer((socket) => {
    line = socket;
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      time.received(bytes.length);
      chip.receive(new Uint8Array(bytes), UART_BYTE_US);
    });
  });
  return new Promise((listening, reject) => {
    server.once('error', reject);
    server.listen(path, () => listening(server));
  });
}
