import { COMMAND_MS, type CommandLayer } from './command-layer.js';
import { Command } from './commands.js';
import type { Pn532Error } from './errors.js';
import { Stopwatch } from './timing.js';

/** Diagnose's test of the communication line: everything comes back (UM0701-02 section 7.2.1). */
const COMMUNICATION_LINE = 0x00;
/** As long as a short APDU. */
const ECHO_BYTES = 10;
/** The processor may have had something else to do in one of them. */
const TESTS = 2;

type Done = (error: Pn532Error | undefined, line_us: number | undefined) => void;

/**
 * How long this host takes to carry a short APDU to the chip and one back, in microseconds: the wires,
 * polling, the driver on this engine, and what the chip needs for a command that waits for nobody. Undefined
 * for a chip without this test.
 */
export function testLine(chip: CommandLayer, done: Done): void {
  const watch = new Stopwatch(chip.clock);
  const test = (left: number, least_us: number): void => {
    chip.parameters[0] = COMMUNICATION_LINE;
    chip.parameters.fill(0, 1, 1 + ECHO_BYTES);
    watch.start();
    chip.run(Command.Diagnose, 1 + ECHO_BYTES, COMMAND_MS, (error, length) => {
      watch.stop();
      if (error !== undefined && error.code !== 'refused') done(error, undefined);
      else if (error !== undefined || length !== 1 + ECHO_BYTES) done(undefined, undefined);
      else if (left === 0) done(undefined, Math.min(least_us, watch.last_us));
      else test(left - 1, Math.min(least_us, watch.last_us));
    });
  };
  test(TESTS - 1, Number.POSITIVE_INFINITY);
}
