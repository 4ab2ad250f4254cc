import { type Command, InvalidArgumentError, Option } from 'commander';
import { AMOUNT_MAX } from '../../../firmware/limits.js';
import { U32_MAX } from '../../../firmware/objects/shape.js';
import { SELECT_APPLICATION } from '../../../firmware/protocol/apdu.js';
import { hex } from '../../../sim/bank/bytes.js';
import { CATEGORY_MAX, OPERATOR_MAX, PORT_MAX, whole } from '../arguments.js';
import { EXIT_HELP } from '../output/exit.js';
import type { Output } from '../output/terminal-output.js';
import { OWNER_HELP } from '../serial/board-owner.js';
import type { CardFlags } from './card.js';
import type { GatewayFlags } from './gateway.js';
import { CHIPS_MAX, type ChipFlags, HAND_HELP, THINGS } from './pn532-words.js';
import { frontEndOptions, needFrontEnd, readerOption } from './reader-options.js';
import type { SaleFlags } from './terminal.js';

/** Where vsmartcard-vpcd listens after its installation: /etc/reader.conf.d/vpcd. The next slot is one up. */
const VPCD = { host: '127.0.0.1', port: 35_963 };
const AMOUNT = 10_000;
const COMMANDS_MAX = 1_000_000;
const WAIT_S = 60;
const WAIT_S_MAX = 86_400;
/** ISO 18245: grocery stores. */
const CATEGORY = 5_411;

function address(text: string): { host: string; port: number } {
  const [, host, port] = /^([\w.-]+):(\d{1,5})$/.exec(text) ?? [];
  if (host === undefined || Number(port) < 1 || Number(port) > PORT_MAX)
    throw new InvalidArgumentError('Expected HOST:PORT.');
  return { host, port: Number(port) };
}

const DEVICE_HELP = `
Without --flash the wallet is a new one of the practice bank, in memory. All programs of tapnote know the keys of \
that bank: its wallets pay each other, with money that is worth nothing. A blank image becomes one of them too; \
an image that holds a wallet is used as it is, and written: see tapnote provision, and tapnote sim --flash.`;

/** As scriptor takes it. */
const spaced = (bytes: Uint8Array): string =>
  hex(bytes)
    .toUpperCase()
    .replace(/..(?=.)/g, '$& ');

const PORT_HELP = `
With --port a real PN532 lies on the table: a module on a USB bridge, set to HSU, and this program drives it as \
a board does. Without one: npx tapnote pn532 --empty --chips 2.`;

/** The options of a command that runs a device in this process. */
function ownDevice(command: Command, amount: number, category = 0): Command {
  return command
    .option('--flash <file>', 'the flash of the device, kept in a file')
    .option('--amount <number>', 'minor units that a new wallet begins with', whole(AMOUNT_MAX), amount)
    .option(
      '--category <number>',
      'merchant category of a new wallet; 0: a person',
      whole(CATEGORY_MAX),
      category,
    );
}

/** The commands that put the firmware behind a front end of this machine. */
export function addFrontEndCommands(tapnote: Command, out: Output): void {
  const card = tapnote
    .command('card')
    .description('a wallet as a card: in the smart-card stack of this machine, or at a PN532');
  frontEndOptions(card, 'for PC/SC programs, in the virtual reader of vsmartcard (vpcd)').addOption(
    new Option('--vpcd <host:port>', 'where that reader listens')
      .argParser(address)
      .default(VPCD, `${VPCD.host}:${VPCD.port}`)
      .conflicts(['port']),
  );
  card.option(
    '--tear <number>',
    'pull the card out at that command, once: it is carried out, and its answer is lost',
    whole(COMMANDS_MAX, 1),
  );
  ownDevice(card, AMOUNT)
    .addHelpText(
      'after',
      `
Examples:
  $ npx tapnote card --pcsc &
  $ opensc-tool --list-readers
  $ echo '${spaced(SELECT_APPLICATION)}' | scriptor
  $ npx tapnote card --port /dev/ttyUSB0 --flash card.bin
${PORT_HELP}
${DEVICE_HELP}

${OWNER_HELP}
${EXIT_HELP}`,
    )
    .action(async (flags: CardFlags, command: Command) => {
      needFrontEnd(flags, command);
      const { serveCard } = await import('./card.js');
      process.exitCode = await serveCard(out, flags);
      process.exit();
    });

  const overReader = (command: Command): Command =>
    frontEndOptions(command, 'over PC/SC: any reader that the system knows').addOption(readerOption());
  const wait = () =>
    new Option('--wait <seconds>', 'for a card, and for a torn touch to be finished')
      .argParser(whole(WAIT_S_MAX))
      .default(WAIT_S);
  const terminal = tapnote
    .command('terminal')
    .description('take a payment from a card, over a reader of this machine')
    .argument('<AMOUNT>', 'minor units', whole(AMOUNT_MAX, 1));
  overReader(terminal)
    .addOption(new Option('--refund', 'pay back what the card has paid since the last sync').conflicts('pay'))
    .addOption(
      new Option('--sale <number>', 'a refund of this sale alone')
        .argParser(whole(U32_MAX, 1))
        .implies({ refund: true })
        .conflicts('pay'),
    )
    .option('--pay', 'pay the card, whatever it has paid here')
    .option('--pin <digits>', 'of the card’s holder; where the terminal pays, of the terminal’s')
    .addOption(wait());
  ownDevice(terminal, 0, CATEGORY)
    .addHelpText('after', `${PORT_HELP}\n${DEVICE_HELP}\n${EXIT_HELP}`)
    .action(async (amount: number, flags: SaleFlags, command: Command) => {
      needFrontEnd(flags, command);
      const { sell } = await import('./terminal.js');
      process.exitCode = await sell(out, amount, flags);
    });

  const gateway = tapnote
    .command('gateway')
    .description('let a card sync with its bank, over a reader of this machine');
  overReader(gateway)
    .requiredOption('--bank <url>', 'its bank, or any operator of the same central bank')
    .option('--operator <number>', 'the operator to sync with (default: the first)', whole(OPERATOR_MAX))
    .addOption(wait())
    .addHelpText('after', `\nWhat is said is sealed between card and bank.\n${PORT_HELP}\n${EXIT_HELP}`)
    .action(async (flags: GatewayFlags, command: Command) => {
      needFrontEnd(flags, command);
      const { carryForCard } = await import('./gateway.js');
      process.exitCode = await carryForCard(out, flags);
    });

  tapnote
    .command('pn532')
    .description('a simulated PN532 as a serial port, for libnfc and whatever else drives one')
    .addOption(
      new Option('--field <things...>', 'what lies on the reader')
        .choices(THINGS)
        .default(['wallet'], 'wallet'),
    )
    .addOption(new Option('--empty', 'nothing lies on the reader').conflicts('field'))
    .option('--chips <number>', 'chips in one field, each on a port of its own', whole(CHIPS_MAX, 1), 1)
    .addHelpText('after', `\n${HAND_HELP}\n\nIt makes pseudo-terminals with python3.\n${EXIT_HELP}`)
    .action(async ({ empty, field, chips }: ChipFlags & { empty?: boolean }) => {
      const { serveChips } = await import('./pn532.js');
      process.exitCode = await serveChips(out, { field: empty ? [] : field, chips });
    });
}
