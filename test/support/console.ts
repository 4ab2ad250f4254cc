import { ConsoleStatus } from '../../firmware/console/codes.js';
import { opensslCrypto } from '../../hal/crypto/openssl.js';
import type { Entropy } from '../../hal/entropy.js';
import { SimEntropy } from '../../sim/chip/entropy.js';
import { mortalFlash } from '../../sim/chip/mortal-flash.js';
import { NorFlash } from '../../sim/chip/nor-flash.js';
import { survives } from '../../sim/chip/power-cut.js';
import type { RfField } from '../../sim/chip/rf-field.js';
import { VirtualClock } from '../../sim/chip/virtual-clock.js';
import { SimulatedBoard } from '../../sim/device/board.js';
import { Cable } from '../../sim/device/cable.js';
import type { Fault } from '../../sim/device/faults.js';
import type { Port } from '../../tools/cli/serial/byte-port.js';
import { ConsoleClient, ConsoleError } from '../../tools/cli/serial/client.js';
import { startTapnote } from '../tools/run-cli.js';

/** Each has keys of its own: a bank certifies a key once. */
let workbenches = 0;

/** A simulated board on a cable in memory: its time goes by when the host has written, at once. */
export class Workbench {
  readonly clock: VirtualClock;
  readonly nor = new NorFlash({ sectorCount: 64 });
  readonly board: SimulatedBoard;
  readonly client: ConsoleClient;
  readonly port: Port;
  readonly #cable: Cable;
  /** What the device has told its owner. */
  readonly notified: string[] = [];
  isPlugged = true;

  constructor(
    fault: Fault = 'none',
    entropy: Entropy = new SimEntropy(++workbenches, 'workbench'),
    /** Where its antenna lies, and whose time is its own. */
    beside?: { readonly clock: VirtualClock; readonly field: RfField },
  ) {
    this.clock = beside?.clock ?? new VirtualClock();
    this.#cable = new Cable((bytes) => {
      if (this.isPlugged) this.port.onBytes(bytes);
    });
    this.port = {
      path: 'memory',
      onBytes: () => {},
      onGone: () => {},
      write: (bytes) => this.send(bytes),
      close: () => {},
    };
    this.board = new SimulatedBoard({
      clock: this.clock,
      crypto: opensslCrypto,
      entropy,
      flash: mortalFlash(this.nor, () => {
        this.isPlugged = false;
        this.#cable.unplug();
        this.board.powerOff();
      }),
      fault,
      ...(beside && { field: beside.field }),
      openSerial: this.#cable.openSerial,
      onNotice: (notice) => void this.notified.push(notice),
      now_us: () => this.clock.now_us,
    });
    this.client = new ConsoleClient(this.port);
    this.pass(100);
  }

  /** From the host's end; then what follows from it. */
  send(bytes: Uint8Array): void {
    if (!this.isPlugged) return;
    // The device's own code ends with its power.
    survives(() => {
      this.#cable.receive(bytes);
      this.pass(2_000);
    });
  }

  pass(ms: number): void {
    this.clock.runFor(ms * 1_000);
  }

  /** The n-th flash operation from now is the last; the cable is dead then. */
  pullPlugAt(operation: number): void {
    this.nor.cutAtOperation(operation, () => 0x5a5a5a5a);
  }

  plugIn(): void {
    this.isPlugged = true;
    this.nor.powerOn();
    this.board.restart();
    this.pass(100);
  }
}

/** A host that does not wait for a device without power. */
export function impatient({ client }: Workbench): ConsoleClient {
  return new Proxy(client, {
    get: (target, name) => {
      if (name === 'ask')
        return (command: number, payload: Uint8Array) => target.ask(command, payload, { timeout_ms: 20 });
      if (name === 'identify') return () => target.identify({ timeout_ms: 20, tries: 1 });
      return Reflect.get(target, name);
    },
  });
}

export interface Served {
  readonly port: string;
  /** All that it has said. */
  readonly said: () => string;
  /** A line of its owner. */
  type(line: string): void;
  /** SIGKILL: the plug is pulled. Resolves when the process is gone. */
  kill(): Promise<void>;
}

/** `tapnote console`, in a process of its own, until it has said where it is. */
export async function serve(args: readonly string[]): Promise<Served> {
  const { found, said, type, end } = await startTapnote(['console', ...args], /^port: (\S+)\n.*Ctrl-C/ms);
  return { port: found, said, type, kill: async () => void (await end('SIGKILL')) };
}

/** What the device said to a command: its status, also where that is an error. */
export const statusOf = (answer: Promise<Uint8Array>): Promise<number> =>
  answer.then(
    () => ConsoleStatus.ok,
    (error) => {
      if (error instanceof ConsoleError) return error.status;
      throw error;
    },
  );
