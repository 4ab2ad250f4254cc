import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pn532Chip } from '../../sim/chip/pn532-chip.js';
import { RfField } from '../../sim/chip/rf-field.js';
import { VirtualClock } from '../../sim/chip/virtual-clock.js';
import { openPty } from '../../sim/console/pty.js';
import { runInRealTime } from '../../sim/console/real-time.js';
import { buildEngine } from '../xs/build.js';
import { bundle } from '../xs/bundle.js';
import { whyNotOn } from '../xs/run.js';

export interface EmulateOptions {
  /** The chip's RAM, whose upper part is its flash: a sparse file of 128 MB. One that exists is gone on with. */
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
  /** The plug is pulled, at whatever instruction the chip is. */
  stop(): void;
}

const QEMU = 'qemu-system-riscv32';
const RAM_BYTES = '128M';
const MEMORY = { chunkBytes: 8 * 1024 * 1024, slots: 160 * 1024, stackSlots: 8_192 };
const ENTRY = "import './tools/console-chip/device.js';";
const UART_BYTE_US = Math.round(1e7 / 115_200);
/** The chip computes in its own time, at some 100 million instructions a second of ours: its neighbours are patient. */
const SLOWER = 2;
const SEEDS = 2 ** 32 - 1;

/** The firmware in XS on the emulated rv32imc chip: its console behind a pseudo-terminal, a simulated PN532 on its second UART. */
export async function emulateBoard(options: EmulateOptions): Promise<Emulated> {
  const missing = await whyNotOn('chip');
  if (missing !== undefined) throw new Error(missing);
  const bytecode = await bundle(ENTRY, await buildEngine('host'));
  const engine = await buildEngine('chip');
  const folder = mkdtempSync(join(tmpdir(), 'tapnote-chip-'));
  symlinkSync(bytecode, join(folder, 'code'));
  writeFileSync(join(folder, 'input'), JSON.stringify({ seed: randomInt(SEEDS) }));

  const clock = options.clock ?? new VirtualClock();
  const field = options.field ?? new RfField(clock);
  const chip = new Pn532Chip({ clock, field, name: 'emulated board' });
  const wires = await listenFor(chip, join(folder, 'pn532'));
  let qemu: ChildProcess | undefined;
  const pty = await openPty((bytes) => void qemu?.stdin?.write(bytes));
  let complaint = '';
  qemu = spawn(QEMU, machine(engine, options.flash), { cwd: folder, stdio: ['pipe', 'pipe', 'pipe'] });
  qemu.stdin?.on('error', () => {});
  qemu.stdout?.on('data', (bytes: Uint8Array) => pty.write(bytes));
  qemu.stderr?.on('data', (bytes: Uint8Array) => {
    complaint += Buffer.from(bytes).toString('utf8');
  });
  const stopTime = runInRealTime(clock, SLOWER);
  return {
    path: pty.path,
    clock,
    field,
    chip,
    get complaint() {
      return complaint;
    },
    stop: () => {
      stopTime();
      qemu.kill('SIGKILL');
      wires.close();
      pty.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** RAM in a file, the first UART on our pipes, and a second one on the PCI bus, because the machine has none. */
function machine(engine: string, ram: string): string[] {
  const args = ['code', 'input', ...[MEMORY.chunkBytes, MEMORY.slots, MEMORY.stackSlots].map(String)];
  return [
    ...['-machine', 'virt,memory-backend=ram', '-m', RAM_BYTES, '-bios', 'none', '-icount', 'shift=0'],
    ...['-object', `memory-backend-file,id=ram,size=${RAM_BYTES},mem-path=${ram},share=on`],
    ...['-display', 'none', '-monitor', 'none', '-serial', 'stdio'],
    ...['-chardev', 'socket,id=pn532,path=pn532', '-device', 'pci-serial,chardev=pn532'],
    ...['-semihosting-config', ['enable=on,target=native', ...args].join(',arg=')],
    ...['-kernel', engine],
  ];
}

/** The simulated PN532 at the other end of the emulator's second UART. Bytes in a socket have no rate: any is right. */
function listenFor(chip: Pn532Chip, path: string): Promise<Server> {
  let line: Socket | undefined;
  chip.connect({
    send: (frame) => void line?.write(frame.slice()),
    flush() {},
    setBaud() {},
  });
  const server = createServer((socket) => {
    line = socket;
    socket.on('error', () => {});
    socket.on('data', (bytes) => chip.receive(new Uint8Array(bytes), UART_BYTE_US));
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => resolve(server));
  });
}
