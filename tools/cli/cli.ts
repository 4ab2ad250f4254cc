import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import { isPossible } from '../../sim/inspect/image.js';
import { languageOf, speak } from '../../sim/texts/language.js';
import { bitRate, PORT_MAX, SEED_MAX, whole } from './arguments.js';
import { addFrontEndCommands } from './front-ends/commands.js';
import type { InspectCommand } from './inspect/inspect.js';
import { EXIT_HELP } from './output/exit.js';
import { Output } from './output/terminal-output.js';
import type { BoardPageOptions } from './page/board-page.js';
import type { PageOptions } from './page/page.js';
import { commandLine, runCommand } from './run-command.js';
import { addSerialCommands } from './serial/commands.js';
import type { SimOptions } from './sim/sim.js';

const SIM_HELP = `
FILE is a scenario: people with devices and accounts, and what happens, step by step. \
The name of one that comes with tapnote does, too.

Each touch, sync and refusal is a line; under a touch stand its bytes, frames and modelled times. \
The same seed gives the same run to the byte.

Examples:
  $ npx tapnote sim market-day
  $ npx tapnote sim torn-touch --seed 7 --json run.json
  $ npx tapnote sim my-town.json --quiet && echo all money is there
  $ npx tapnote sim my-town.json --watch
${EXIT_HELP}`;

const PAGE_HELP = `
Examples:
  $ npx tapnote page
  $ npx tapnote page --port 8080

The whole simulator runs in the page: firmware, chips and bank. Only this machine can reach it.
npm run build:page writes the same as a folder for any static host.
${EXIT_HELP}`;

const BOARD_PAGE_HELP = `
Examples:
  $ npx tapnote board-page
  $ npx tapnote board-page --image .cache/moddable/out/bin/esp32/esp32-c3-devkit/release/tapnote

Doctor, log and provisioning as on the command line, by the same code. npm run build:board writes this page into \
the folder page of its image, for any static host. What is flashed by it leaves the notes alone, unless you say \
that the board is to be erased.
${EXIT_HELP}`;

const SCENARIO_HELP = `
Examples:
  $ npx tapnote scenario check my-town.json
  $ npx tapnote scenario schema > scenario.schema.json

A scenario names its schema in "$schema", so that an editor completes and checks it while you write:
  { "$schema": "./scenario.schema.json", "title": "My town", … }`;

const INSPECT_HELP = `
FLASH is an image of a device's flash, byte by byte: of a chip (esptool read_flash), or of the simulator:

Examples:
  $ npx tapnote sim sim/scenarios/market-day.json --quiet --flash images
  $ npx tapnote inspect images/mei.bin
  $ npx tapnote inspect images/mei.bin --json | jq .money

The image is only read. Seeds and PIN hashes are left out unless --secrets asks for them.
${EXIT_HELP}`;

const TRACE_HELP = `
Examples:
  $ npx tapnote sim torn-touch --quiet --pcap air.pcap --trace air.json
  $ npx tapnote trace air.pcap --brief
  $ tshark -r air.pcap

FILE is a pcap file of ISO 14443 (link type 264), an APDU log of tapnote, or what a Proxmark3 has recorded: the \
file of its "trace save", or the text of "hf 14a list", with any of its options.
What is sealed stays sealed: nobody without the keys reads it.
${EXIT_HELP}`;

type AddCommands = (family: Command, out: Output) => void;

interface SimCommand extends SimOptions {
  readonly list?: boolean;
  readonly watch?: boolean;
}

function unit(text: string): number {
  if (text !== '4' && text !== '16') throw new InvalidArgumentError('Expected 4 or 16.');
  return Number(text);
}

function sectorBytes(text: string): number {
  const bytes = Number(text);
  if (!/^\d{3,6}$/.test(text) || !isPossible({ unit: 4, sectorBytes: bytes })) {
    throw new InvalidArgumentError('Expected a power of two from 256 on.');
  }
  return bytes;
}

async function program(): Promise<Command> {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const out = new Output();
  const tapnote = commandLine('tapnote')
    .description(
      'Offline digital cash by NFC touch: the firmware in a simulated town, and the tools for boards.',
    )
    .version(version)
    .helpCommand('help [command]', 'show help for a command')
    .helpOption('-h, --help', 'show this help')
    .configureHelp({ showGlobalOptions: false })
    .addHelpText(
      'after',
      `
Examples:
  $ npx tapnote page                         play in a town yourself (also: npm start)
  $ npx tapnote sim market-day               play a day, line by line
  $ npx tapnote sim --list                   the scenarios that come with tapnote
  $ npx tapnote inspect mei.bin              what is in a flash image
  $ npx tapnote scenario check my-town.json  what is wrong with a scenario, and where
${EXIT_HELP}

Colour: on a terminal; NO_COLOR=1 turns it off, FORCE_COLOR=1 turns it on.`,
    );

  tapnote
    .command('sim')
    .description('play a scenario and tell it line by line')
    .argument('[FILE]', 'scenario file (JSON), or the name of one that comes with tapnote')
    .option(
      '-s, --seed <number>',
      'where everything random comes from (default: the scenario’s own)',
      whole(SEED_MAX),
    )
    .option('--bit-rate <kbps>', 'that readers ask cards for on the air: 106, 212 or 424', bitRate)
    .option(
      '-j, --json <file>',
      'write all that happened to a file; "-" is standard output, without the story',
    )
    .option('-q, --quiet', 'only say how it ended')
    .option('-v, --verbose', 'tell every repeat as well')
    .option(
      '-f, --flash <dir>',
      'write the flash of every device to a folder at the end, for tapnote inspect',
    )
    .option('--pcap <file>', 'write every frame on the air, for Wireshark and tapnote trace')
    .option('--trace <file>', 'write what each device did when, for ui.perfetto.dev')
    .option('--apdu <file>', 'write every APDU as a line of text, for tapnote trace')
    .option('-w, --watch', 'play it again whenever its file has changed, until Ctrl-C')
    .option('-l, --list', 'list the scenarios that come with tapnote')
    .addHelpText('after', SIM_HELP)
    .action(async (file: string | undefined, options: SimCommand, command: Command) => {
      const { listScenarios, sim } = await import('./sim/sim.js');
      if (options.list) return listScenarios(out);
      if (file === undefined)
        command.error("missing argument 'FILE'; tapnote sim --list shows some", {
          code: 'commander.missingArgument',
        });
      if (options.watch) {
        const { playAndWatch } = await import('./sim/watch.js');
        process.exitCode = await playAndWatch(out, file, options);
      } else process.exitCode = await sim(file, options);
    });

  tapnote
    .command('page')
    .description('play in the simulator yourself, on a page in the browser (also: npm start)')
    .option(
      '-p, --port <number>',
      'where to serve it on loopback (default: any port that is free)',
      whole(PORT_MAX),
    )
    .option(
      '--headless',
      'play the market day line by line instead, as where there is no display or terminal',
    )
    .addHelpText('after', PAGE_HELP)
    .action(async (options: PageOptions) => {
      const { page } = await import('./page/page.js');
      process.exitCode = await page(out, options);
    });

  tapnote
    .command('board-page')
    .description('flash a board, and talk to it, on a page in the browser (Web Serial)')
    .option('-i, --image <dir>', 'of npm run build:board, to be flashed from the page')
    .option(
      '-p, --port <number>',
      'where to serve it on loopback (default: any port that is free)',
      whole(PORT_MAX),
    )
    .addHelpText('after', BOARD_PAGE_HELP)
    .action(async (options: BoardPageOptions) => {
      const { serveBoardPage } = await import('./page/board-page.js');
      process.exitCode = await serveBoardPage(out, options);
    });

  tapnote
    .command('inspect')
    .description('tell what is in a flash image, record by record, and count its money')
    .argument('<FLASH>', 'flash image (raw bytes)')
    .option('-j, --json', 'everything, for programs')
    .option('--unit <bytes>', 'program unit, 4 or 16 (default: what the image says)', unit)
    .option('--sector-bytes <bytes>', 'sector size (default: what the image says)', sectorBytes)
    .option('--secrets', 'show seeds and PIN hashes as well')
    .option('-v, --verbose', 'tell every sector and every record, dead ones too')
    .addHelpText('after', INSPECT_HELP)
    .action(async (file: string, options: InspectCommand) => {
      const { inspect } = await import('./inspect/inspect.js');
      process.exitCode = inspect(file, options);
    });

  const scenario = tapnote
    .command('scenario')
    .description('check scenario files, or print their schema')
    .addHelpText('after', SCENARIO_HELP);
  scenario
    .command('check')
    .description('say what is wrong with scenario files, and where')
    .argument('<FILE...>', 'scenario files (JSON)')
    .addHelpText('after', EXIT_HELP)
    .action(async (files: string[]) => {
      const { checkScenarios } = await import('./sim/sim.js');
      process.exitCode = checkScenarios(files, out);
    });
  scenario
    .command('schema')
    .description('print the JSON schema of scenarios')
    .action(async () => {
      const { schemaText } = await import('./sim/scenario-file.js');
      process.stdout.write(schemaText());
    });

  tapnote
    .command('trace')
    .description('explain a capture in words: frames, blocks, APDUs and their fields')
    .argument('<FILE>', 'a pcap file, an APDU log, or a recording of a Proxmark3')
    .option('-b, --brief', 'APDUs only')
    .addHelpText('after', TRACE_HELP)
    .action(async (file: string, { brief }: { brief?: boolean }) => {
      const { explainFile } = await import('./capture/trace.js');
      process.exitCode = explainFile(out, file, { isBrief: brief === true });
    });

  tapnote
    .command('protocol')
    .description('print a whole payment in hex, as it stands in firmware/PROTOCOL.md')
    .option('--sizes', 'print the bytes of each APDU instead')
    .option('-w, --write', 'put both into firmware/PROTOCOL.md')
    .action(async (options: { sizes?: boolean; write?: boolean }) => {
      const { protocol } = await import('./protocol/protocol.js');
      return protocol(options);
    });

  /** Commands under one name, read when it is given: their options' words take half of the simulator. */
  const family = async (name: string, description: string, commands: () => Promise<AddCommands>) => {
    const command = tapnote.command(name).description(description);
    if (process.argv.includes(name)) (await commands())(command, out);
  };
  await family(
    'bank',
    'serve a reference bank, and be its counter',
    async () => (await import('./bank/commands.js')).addBankCommands,
  );
  addSerialCommands(tapnote, out);
  await family(
    'receipt',
    'export the receipt of one payment from a device, or check one',
    async () => (await import('./receipt/commands.js')).addReceiptCommands,
  );
  await family(
    'ledger',
    'prove payments by the operators’ logs, copy these, and witness them',
    async () => (await import('./ledger/commands.js')).addLedgerCommands,
  );
  addFrontEndCommands(tapnote, out);
  await family(
    'pos',
    'codes of accounts (bill first, deduct later): make one, decide about one, book and upload bills',
    async () => (await import('./pos/commands.js')).addPosCommands,
  );
  await family(
    'tag',
    'passive NFC tags that show whom to pay: write one, read it, check it, pay by it',
    async () => (await import('./tag/commands.js')).addTagCommands,
  );
  return tapnote;
}

/** As POSIX has it: the first of them that is set. */
const { LC_ALL, LC_MESSAGES, LANG } = process.env;
speak(languageOf(LC_ALL || LC_MESSAGES || LANG));
await runCommand(await program());
