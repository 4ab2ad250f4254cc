import { COMMAND_MS, type CommandLayer } from './command-layer.js';
import { BAUD_AT_POWER_UP, BAUD_RATES, Command, Parameter, RfItem } from './commands.js';
import { Pn532Error } from './errors.js';

/** GetFirmwareVersion's first byte. */
const IC_PN532 = 0x32;
/** The chip changes its rate after our ACK has arrived: six bytes at 9,600 baud take 6.3 ms. */
const BAUD_CHANGE_MS = 7;
/** A look for cards is repeated so often by the chip itself; then the driver resets the field. */
const LOOKS_AGAIN = 3;

export interface Start {
  readonly chip: CommandLayer;
  /** The serial rate that is wanted; 0 where the host gives the clock. */
  readonly baud: number;
  /** Gets what the chip says that it is, 4 bytes. */
  readonly firmware: Uint8Array;
  /** False once it is given up. */
  readonly isWanted: () => boolean;
}

type Done = (error: Pn532Error | undefined) => void;

/**
 * From any state to a working chip: asleep, fresh from power-up, busy with a command that nobody wants any
 * more, or at another serial rate because only one of the two was reset. Tries the present rate, the one of
 * power-up and the one wanted.
 */
export function startChip(start: Start, done: Done): void {
  const present = start.chip.link.baud;
  const rates =
    present === 0 ? [0, 0] : [...new Set([present, BAUD_AT_POWER_UP, start.baud]), BAUD_AT_POWER_UP];
  attempt(start, rates, 0, done);
}

function attempt(start: Start, rates: readonly number[], index: number, done: Done): void {
  const { chip } = start;
  const last = index === rates.length - 1;
  chip.link.setBaud(rates[index]!);
  const finish: Done = (error) => {
    if (error !== undefined && !last) attempt(start, rates, index + 1, done);
    else done(error);
  };
  chip.clock.schedule(chip.link.wake(), () => {
    if (!start.isWanted()) return;
    configureSam(start, (error) => {
      if (error !== undefined) finish(error);
      // At the last attempt the rate stays as it is: better slow than not at all.
      else if (last || chip.link.baud === start.baud) configure(chip, finish);
      else changeBaud(start, finish);
    });
  });
}

function configureSam(start: Start, done: Done): void {
  const { chip } = start;
  chip.parameters[0] = 0x01; // normal mode: no security module
  chip.parameters[1] = 0x00; // no timeout
  chip.parameters[2] = 0x01; // drive the IRQ line
  chip.run(Command.SAMConfiguration, 3, COMMAND_MS, (error) => {
    if (error !== undefined) done(error);
    else checkVersion(start, done);
  });
}

function checkVersion({ chip, firmware }: Start, done: Done): void {
  chip.run(Command.GetFirmwareVersion, 0, COMMAND_MS, (error, length) => {
    if (error === undefined && (length !== 4 || chip.response[0] !== IC_PN532)) {
      done(new Pn532Error('wrong-chip', `GetFirmwareVersion gave IC ${chip.response[0]}`));
      return;
    }
    if (error === undefined) firmware.set(chip.response.subarray(0, 4));
    done(error);
  });
}

/** Sets the chip's parameters and retries as this driver wants them. */
function configure(chip: CommandLayer, done: Done): void {
  // Automatic RATS for the reader, ISO 14443-4 for the card; each bit only matters in its own role.
  chip.parameters[0] = Parameter.automaticRats | Parameter.isoDepCard;
  chip.run(Command.SetParameters, 1, COMMAND_MS, (error) => {
    if (error !== undefined) {
      done(error);
      return;
    }
    chip.parameters[0] = RfItem.maxRetries;
    chip.parameters[1] = 0x02; // MxRtyATR
    chip.parameters[2] = 0x01; // MxRtyPSL
    chip.parameters[3] = LOOKS_AGAIN; // MxRtyPassiveActivation
    chip.run(Command.RFConfiguration, 4, COMMAND_MS, (failure) => done(failure));
  });
}

function changeBaud(start: Start, done: Done): void {
  const { chip, baud, isWanted } = start;
  const code = BAUD_RATES.indexOf(baud);
  if (code < 0) {
    done(new Pn532Error('refused', `the chip has no rate of ${baud} baud`));
    return;
  }
  chip.parameters[0] = code;
  chip.run(Command.SetSerialBaudRate, 1, COMMAND_MS, (error) => {
    if (error !== undefined) {
      done(error);
      return;
    }
    chip.acknowledge();
    chip.clock.schedule(BAUD_CHANGE_MS, () => {
      if (!isWanted()) return;
      chip.link.setBaud(baud);
      checkVersion(start, (failure) => {
        if (failure !== undefined) done(failure);
        else configure(chip, done);
      });
    });
  });
}
