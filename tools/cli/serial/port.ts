import { spawnSync } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
  writeSync,
} from 'node:fs';
import { isatty } from 'node:tty';
import { CONSOLE_BAUD } from '../../../firmware/console/serial-console.js';
import { systemReason } from '../cli-error.js';
import { type Port, PortError } from './byte-port.js';
import { holdersOf } from './port-holders.js';

/** One whose rate can be changed while it is open. */
export interface RatedPort extends Port {
  /** Bits a second, of those that `stty` knows. Throws PortError. */
  setBaud(baud: number): void;
}

const POLL_MS = 2;
const READ_BYTES = 4_096;
const WRITE_RETRY_MS = 2;
const HOLDER_LOOKS = 5;
const HOLDER_WAIT_MS = 100;

/** As the kernel names what USB bridges and the chips' own USB give, on Linux and macOS. */
const NAMES = /^(ttyUSB|ttyACM|cu\.usb|cu\.SLAB|cu\.wchusb)/;

/** Ports that may have a board on them. */
export function likelyPorts(): string[] {
  return readdirSync('/dev')
    .filter((name) => NAMES.test(name))
    .sort()
    .map((name) => `/dev/${name}`);
}

/**
 * Opens a serial port, or a pseudo-terminal, without native code: `flock` and `stty` set it up, then it is a
 * file. For this program alone.
 */
export function openPort(path: string, baud: number = CONSOLE_BAUD): RatedPort {
  let handle: number | undefined;
  try {
    if (!statSync(path).isCharacterDevice()) throw new PortError('no-port', `${path} is no serial port`);
    handle = openSync(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
    if (!isatty(handle)) throw new PortError('no-port', `${path} is no serial port`);
    claim(path, handle);
    setUp(path, baud);
    return new TtyPort(path, handle);
  } catch (error) {
    if (handle !== undefined) closeSync(handle);
    throw error instanceof PortError ? error : why(path, error as NodeJS.ErrnoException);
  }
}

/**
 * Two programs at one port each get a part of what the device says. A lock keeps out those that ask for one,
 * as tio, picocom and pyserial do, and another tapnote; of the others it is looked up who has the port open.
 * The lock ends with the process.
 */
function claim(path: string, handle: number): void {
  const lock = spawnSync('flock', ['--exclusive', '--nonblock', '3'], {
    stdio: ['ignore', 'ignore', 'ignore', handle],
  });
  const isLocked = lock.error === undefined && lock.status !== 0;
  // One that has lost the race for the lock is about to let go.
  for (let looks = 1; ; looks++) {
    const [holder] = holdersOf(path);
    if (holder) {
      if (!isLocked && looks < HOLDER_LOOKS) sleep(HOLDER_WAIT_MS);
      else throw inUse(path, `program ${holder.program}, pid ${holder.pid}`);
    } else if (isLocked) throw inUse(path, 'a program of another user');
    else return;
  }
}

const inUse = (path: string, by: string): PortError =>
  new PortError('port-in-use', `${path} is in use by ${by}: end it first`);

const sleep = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

/** By its path: as its standard input, our handle would be made to wait for bytes. */
function setUp(path: string, baud: number): void {
  const which = process.platform === 'darwin' ? '-f' : '-F';
  // Not hanging up on close: that would reset a board whose bridge drives its reset line.
  const settings = [`${baud}`, 'raw', '-echo', 'clocal', '-hupcl', '-crtscts'];
  const { status, stderr, error } = spawnSync('stty', [which, path, ...settings], { encoding: 'utf8' });
  if (error) throw new PortError('program-missing', `stty is needed to set up ${path}: ${error.message}`);
  if (status !== 0) throw new PortError('no-port', `${path} cannot be set up: ${stderr.trim()}`);
}

function why(path: string, error: NodeJS.ErrnoException): PortError {
  switch (error.code) {
    case 'ENOENT':
      return new PortError('no-port', `${path} is not there: is the board plugged in?`);
    case 'EACCES':
    case 'EPERM':
      return new PortError(
        'port-denied',
        `${path}: you may not use it. On Linux: sudo usermod -aG dialout "$USER", then log in again.`,
      );
    // By TIOCEXCL, which lets nobody else open it.
    case 'EBUSY': {
      const [holder] = holdersOf(path);
      return inUse(path, holder ? `program ${holder.program}, pid ${holder.pid}` : 'another program');
    }
    default:
      return new PortError('no-port', `${path}: ${systemReason(error)}`);
  }
}

class TtyPort implements RatedPort {
  onBytes: (bytes: Uint8Array) => void = () => {};
  onGone: (why: string) => void = () => {};
  readonly #timer: NodeJS.Timeout;
  readonly #buffer = new Uint8Array(READ_BYTES);
  #toWrite: Uint8Array[] = [];
  #isOpen = true;

  constructor(
    readonly path: string,
    private readonly handle: number,
  ) {
    this.#timer = setInterval(() => this.#poll(), POLL_MS);
  }

  setBaud(baud: number): void {
    setUp(this.path, baud);
  }

  write(bytes: Uint8Array): void {
    if (!this.#isOpen) return;
    this.#toWrite.push(bytes);
    this.#flush();
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    clearInterval(this.#timer);
    closeSync(this.handle);
  }

  #poll(): void {
    for (;;) {
      let count = 0;
      try {
        count = readSync(this.handle, this.#buffer);
      } catch (error) {
        if (!isWait(error)) this.#gone((error as Error).message);
        return;
      }
      // A port that has gone gives nothing, for ever; so does one with nothing to read on macOS.
      if (count === 0) {
        if (!existsSync(this.path)) this.#gone('it was unplugged');
        return;
      }
      this.onBytes(this.#buffer.slice(0, count));
      if (!this.#isOpen) return;
    }
  }

  #flush(): void {
    while (this.#isOpen && this.#toWrite.length > 0) {
      const bytes = this.#toWrite[0];
      try {
        const count = writeSync(this.handle, bytes);
        if (count === bytes.length) this.#toWrite.shift();
        else this.#toWrite[0] = bytes.subarray(count);
      } catch (error) {
        if (isWait(error)) setTimeout(() => this.#flush(), WRITE_RETRY_MS);
        else this.#gone((error as Error).message);
        return;
      }
    }
  }

  #gone(why: string): void {
    if (!this.#isOpen) return;
    this.close();
    this.onGone(`${this.path} is gone: ${why}`);
  }
}

const isWait = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'EAGAIN';
