import { type Command, InvalidArgumentError, Option } from 'commander';
import { BAUD_AT_POWER_UP, BAUD_RATES } from '../../../hal/pn532/commands.js';

/** The rates that `stty` and the chip both have. */
const RATES = BAUD_RATES.slice(0, -1);

function rate(text: string): number {
  const found = RATES.find((baud) => text === String(baud));
  if (found === undefined) throw new InvalidArgumentError(`Expected one of ${RATES.join(', ')}.`);
  return found;
}

/** The options of a front end that is PC/SC's, in these words, or a PN532 at a serial port. */
export const frontEndOptions = (command: Command, pcsc: string): Command =>
  command
    .option('--pcsc', pcsc)
    .addOption(new Option('--port <path>', 'over a PN532 at this serial port').conflicts(['pcsc']))
    .addOption(
      new Option('--baud <rate>', 'the rate that the two talk at')
        .argParser(rate)
        .default(BAUD_AT_POWER_UP)
        .conflicts(['pcsc']),
    );

/** Which of PC/SC's readers. */
export const readerOption = (): Option =>
  new Option('--reader <name>', 'a part of its name (default: whichever has a card)').conflicts(['port']);

/** Ends the command where none of `ways` was named. */
export function needFrontEnd(
  { pcsc, port }: { pcsc?: boolean; port?: string },
  command: Command,
  ways = '--pcsc and --port PATH',
): void {
  if (pcsc || port !== undefined) return;
  command.error(`one of ${ways} is needed`, { code: 'commander.missingMandatoryOptionValue' });
}
