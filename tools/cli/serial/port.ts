import { spawnSync } from 'node:child_process';
import { closeSync, constants, openSync, readdirSync, readSync, statSync, writeSync } from 'node:fs';
import { CONSOLE_BAUD } from '../../../firmware/console/serial-console.js';

/** A byte stream to a device: a serial port, or what stands for one. */
export interface Port {
  readonly path: string;
  /** To be set by whoever listens. */
  onBytes: (bytes: Uint8Array) => void;
  /** Runs once when the device is gone. */
  onGone: (why: string) => void;
  write(bytes: Uint8Array): void;
  close(): void;
}

/** Something about a port that the user can put right; said without a stack. */
export class PortError extends Error {}

const POLL_MS = 2;
const READ_BYTES = 4_096;
const WRITE_RETRY_MS = 2;

/** As the kernel names what USB bridges and the chips' own USB give, on Linux and macOS. */
const NAMES = /^(ttyUSB|ttyACM|cu\.usb|cu\.SLAB|cu\.wchusb)/;

/** Ports that may have a board on them. */
export function likelyPorts(): string[] {
  return readdirSync('/dev')
    .filter((name) => NAMES.test(name))
    .sort()
    .map((name) => `/dev/${name}`);
}

/** Opens a serial port, or a pseudo-terminal, without native code: `stty` sets it up, then it is a file. */
export function openPort(path: string): Port {
  setUp(path);
  let handle: number;
  try {
    handle = openSync(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  } catch (error) {
    throw new PortError(why(path, error as NodeJS.ErrnoException));
  }
  return new TtyPort(path, handle);
}

function setUp(path: string): void {
  let isDevice = false;
  try {
    isDevice = statSync(path).isCharacterDevice();
  } catch (error) {
    throw new PortError(why(path, error as NodeJS.ErrnoException));
  }
  if (!isDevice) throw new PortError(`${path} is no serial port`);
  const which = process.platform === 'darwin' ? '-f' : '-F';
  // Not hanging up on close: that would reset a board whose bridge drives its reset line.
  const settings = [`${CONSOLE_BAUD}`, 'raw', '-echo', 'clocal', '-hupcl', '-crtscts'];
  const { status, stderr, error } = spawnSync('stty', [which, path, ...settings], { encoding: 'utf8' });
  if (error) throw new PortError(`stty is needed to set up ${path}: ${error.message}`);
  if (status === 0) return;
  if (/permission denied/i.test(stderr)) throw new PortError(denied(path));
  throw new PortError(`${path}: ${stderr.trim()}`);
}

const denied = (path: string): string =>
  `${path}: you may not use it. On Linux: sudo usermod -aG dialout "$USER", then log in again.`;

function why(path: string, { code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return `${path} is not there: is the board plugged in?`;
  if (code === 'EACCES' || code === 'EPERM') return denied(path);
  if (code === 'EBUSY') return `${path} is in use by another program`;
  return `${path}: ${message}`;
}

class TtyPort implements Port {
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

  write(bytes: Uint8Array): void {
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
        if (!isWait(error)) this.#gone(error);
        return;
      }
      // A pseudo-terminal whose other end has gone gives nothing, for ever; so does a port with nothing to
      // read on macOS.
      if (count === 0) return;
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
        else this.#gone(error);
        return;
      }
    }
  }

  #gone(error: unknown): void {
    if (!this.#isOpen) return;
    this.close();
    this.onGone(`${this.path} is gone: ${(error as Error).message}`);
  }
}

const isWait = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'EAGAIN';
