import { BAUD_AT_POWER_UP, BAUD_RATES, Command } from './commands.js';
import { Pn532Error } from './errors.js';
import { COMMAND_MS, type Pn532 } from './pn532.js';

/** GetFirmwareVersion's first byte. */
const IC_PN532 = 0x32;
/** The chip changes its rate after our ACK has arrived: six bytes at 9,600 baud take 6.3 ms. */
const BAUD_CHANGE_MS = 7;

/**
 * From any state to a working chip: asleep, fresh from power-up, busy with a command that nobody wants any
 * more, or at another serial rate because only one of the two was reset. Tries the present rate, the one of
 * power-up and the one wanted.
 */
export function startChip(
  pn532: Pn532,
  isWanted: () => boolean,
  done: (error: Pn532Error | undefined) => void,
): void {
  const present = pn532.link.baud;
  const rates =
    present === 0 ? [0, 0] : [...new Set([present, BAUD_AT_POWER_UP, pn532.baud]), BAUD_AT_POWER_UP];
  attempt(pn532, rates, 0, isWanted, done);
}

function attempt(
  pn532: Pn532,
  rates: readonly number[],
  index: number,
  isWanted: () => boolean,
  done: (error: Pn532Error | undefined) => void,
): void {
  const last = index === rates.length - 1;
  pn532.link.setBaud(rates[index]!);
  const finish = (error: Pn532Error | undefined): void => {
    if (error !== undefined && !last) attempt(pn532, rates, index + 1, isWanted, done);
    else done(error);
  };
  pn532.clock.schedule(pn532.link.wake(), () => {
    if (!isWanted()) return;
    configureSam(pn532, (error) => {
      if (error !== undefined) finish(error);
      // At the last attempt the rate stays as it is: better slow than not at all.
      else if (last || pn532.link.baud === pn532.baud) pn532.configure(finish);
      else changeBaud(pn532, isWanted, finish);
    });
  });
}

function configureSam(pn532: Pn532, done: (error: Pn532Error | undefined) => void): void {
  pn532.parameters[0] = 0x01; // normal mode: no security module
  pn532.parameters[1] = 0x00; // no timeout
  pn532.parameters[2] = 0x01; // drive the IRQ line
  pn532.run(Command.SAMConfiguration, 3, COMMAND_MS, (error) => {
    if (error !== undefined) done(error);
    else checkVersion(pn532, done);
  });
}

function checkVersion(pn532: Pn532, done: (error: Pn532Error | undefined) => void): void {
  pn532.run(Command.GetFirmwareVersion, 0, COMMAND_MS, (error, length) => {
    if (error === undefined && (length !== 4 || pn532.response[0] !== IC_PN532)) {
      done(new Pn532Error('wrong-chip', `GetFirmwareVersion gave IC ${pn532.response[0]}`));
      return;
    }
    if (error === undefined) pn532.firmware.set(pn532.response.subarray(0, 4));
    done(error);
  });
}

function changeBaud(
  pn532: Pn532,
  isWanted: () => boolean,
  done: (error: Pn532Error | undefined) => void,
): void {
  const code = BAUD_RATES.indexOf(pn532.baud);
  if (code < 0) {
    done(new Pn532Error('refused', `the chip has no rate of ${pn532.baud} baud`));
    return;
  }
  pn532.parameters[0] = code;
  pn532.run(Command.SetSerialBaudRate, 1, COMMAND_MS, (error) => {
    if (error !== undefined) {
      done(error);
      return;
    }
    pn532.acknowledge();
    pn532.clock.schedule(BAUD_CHANGE_MS, () => {
      if (!isWanted()) return;
      pn532.link.setBaud(pn532.baud);
      checkVersion(pn532, (failure) => {
        if (failure !== undefined) done(failure);
        else pn532.configure(done);
      });
    });
  });
}
