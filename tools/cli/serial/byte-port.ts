import { CliError } from '../cli-error.js';
import { Exit } from '../output/exit.js';

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

/** No device at a port, or no use of the port. */
export class PortError extends CliError {
  constructor(code: string, message: string) {
    super(Exit.absent, code, message);
  }
}
