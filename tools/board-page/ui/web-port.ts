import { CONSOLE_BAUD } from '../../../firmware/console/serial-console.js';
import { type Port, PortError } from '../../cli/serial/byte-port.js';
import type { WebSerialPort } from './web-serial.js';

/** A serial port of the browser, for the console's client. */
export class WebPort implements Port {
  readonly path = 'the port that you chose';
  onBytes: (bytes: Uint8Array) => void = () => {};
  onGone: (why: string) => void = () => {};
  #isOpen = true;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  readonly #reading: Promise<void>;
  /** What was written goes out in order. */
  #writing: Promise<void> = Promise.resolve();

  private constructor(private readonly port: WebSerialPort) {
    this.#reading = this.#read();
  }

  /** Throws PortError `port-in-use`. */
  static async open(port: WebSerialPort): Promise<WebPort> {
    try {
      await port.open({ baudRate: CONSOLE_BAUD });
    } catch (error) {
      const why = `it cannot be opened: another program or page has it, most likely (${(error as Error).message})`;
      throw new PortError('port-in-use', `the port that you chose: ${why}`);
    }
    return new WebPort(port);
  }

  write(bytes: Uint8Array): void {
    const copy = bytes.slice();
    this.#writing = this.#writing.then(() => this.#send(copy)).catch(() => this.#gone());
  }

  close(): void {
    void this.end();
  }

  /** Resolves when another may open it. */
  async end(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.#writing;
    await this.#reader?.cancel().catch(() => {});
    await this.#reading;
    await this.port.close().catch(() => {});
  }

  async #send(bytes: Uint8Array): Promise<void> {
    const writer = this.port.writable?.getWriter();
    if (!writer) throw new Error('it does not take any bytes');
    try {
      await writer.write(bytes);
    } finally {
      writer.releaseLock();
    }
  }

  /** After a damaged byte the stream is another one; after the device has gone, there is none. */
  async #read(): Promise<void> {
    while (this.#isOpen && this.port.readable) {
      const reader = this.port.readable.getReader();
      this.#reader = reader;
      try {
        for (;;) {
          const { value, done } = await reader.read();
          if (done) break;
          this.onBytes(value);
        }
      } catch {
        // The loop looks what there is now.
      } finally {
        reader.releaseLock();
      }
    }
    this.#gone();
  }

  #gone(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.onGone('the port that you chose is gone: it was unplugged');
    void this.port.close().catch(() => {});
  }
}
