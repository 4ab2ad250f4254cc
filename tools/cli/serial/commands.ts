import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { AMOUNT_MAX } from '../../../firmware/limits.js';
import { BankError } from '../../../sim/bank/codes.js';
import { FAULTS, type Fault } from '../../../sim/device/wiring.js';
import { emulateBoard } from '../../console-chip/emulator.js';
import { Exit } from '../output/exit.js';
import type { Output } from '../output/terminal-output.js';
import { benchOverPort, compare, tellBench, writeReport } from './bench.js';
import { type ConsoleClient, ConsoleError, hex } from './client.js';
import { simulateBoard } from './console.js';
import { checkUp, findDevice, tellCheckup } from './doctor.js';
import { type FlashOptions, flash } from './flash.js';
import { eventLine, readLog } from './log.js';
import { writeJson } from './output.js';
import { PortError } from './port.js';
import { ProvisionError, provision } from './provision.js';
import { farDesk, nearDesk } from './provisioning-station.js';

const EXIT_HELP = `
Exit status:
  0  fine
  1  the device has a fault, or refuses
  2  wrong usage
  3  no device answers, or a program that is needed is missing`;

const CATEGORY_MAX = 0xffff;

const whole = (max: number) => (text: string) => {
  if (!/^\d+$/.test(text) || Number(text) > max)
    throw new InvalidArgumentError(`Expected a whole number from 0 to ${max}.`);
  return Number(text);
};

function pin(text: string): string {
  if (!/^\d{4,12}$/.test(text)) throw new InvalidArgumentError('Expected 4 to 12 digits.');
  return text;
}

/** Runs `work` with a device; what is in the way is said in words, and ends with a status. */
async function withDevice(
  path: string | undefined,
  work: (client: ConsoleClient) => Promise<Exit>,
): Promise<void> {
  let client: ConsoleClient | undefined;
  try {
    client = await findDevice(path);
    process.exitCode = await work(client);
  } catch (error) {
    process.exitCode = statusOf(error);
    process.stderr.write(`error: ${(error as Error).message}\n`);
  } finally {
    client?.close();
  }
}

function statusOf(error: unknown): Exit {
  if (error instanceof PortError) return Exit.absent;
  if (error instanceof ConsoleError || error instanceof ProvisionError || error instanceof BankError)
    return Exit.violated;
  // A bank that cannot be reached: fetch says so with a TypeError.
  if (error instanceof TypeError && error.message === 'fetch failed') return Exit.absent;
  throw error;
}

interface ProvisionFlags {
  port?: string;
  bank?: string;
  newBank?: string;
  name: string;
  amount: number;
  currency: string;
  category: number;
  pin?: string;
}

async function runProvision(out: Output, flags: ProvisionFlags, command: Command): Promise<void> {
  const { bank, newBank, port, ...options } = flags;
  if ((bank === undefined) === (newBank === undefined))
    command.error('error: one of --bank URL and --new-bank DIR is needed');
  await withDevice(port, async (client) => {
    const station = bank === undefined ? await nearDesk(newBank!, options.currency) : farDesk(bank);
    try {
      const done = await provision(client, station, options, (line) => out.line(line));
      if (done.puk) out.line(`PUK: ${done.puk} (write it down: it is nowhere else)`);
      out.line(out.style('green', `device ${hex(done.id)} is a wallet of the bank at ${station.where}`));
      return Exit.fine;
    } finally {
      await station.close();
    }
  });
}

async function runConsole(
  out: Output,
  flags: { fault: Fault; flash?: string; emulate?: boolean },
): Promise<void> {
  const image = flags.flash ?? join(mkdtempSync(join(tmpdir(), 'tapnote-')), 'flash.bin');
  try {
    const running = flags.emulate
      ? await emulateBoard({ flash: image })
      : await simulateBoard({ fault: flags.fault, flash: image });
    out.line(`port: ${running.path}`);
    const stop = (): void => {
      void running.stop().then(() => process.exit(Exit.fine));
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
  } catch (error) {
    process.stderr.write(`error: ${(error as Error).message}\n`);
    process.exitCode = Exit.absent;
  }
}

/** The commands that talk to a board over its cable. */
export function addSerialCommands(tapnote: Command, out: Output): void {
  const port = () => new Option('-p, --port <path>', 'serial port (default: looked for)');

  tapnote
    .command('provision')
    .description('make a blank device a wallet: keys on it, a certificate, first notes')
    .addOption(port())
    .option('--bank <url>', 'a reference bank that serves HTTP')
    .option('--new-bank <dir>', 'a bank of your own in a folder, made there the first time')
    .option('--name <name>', 'of the account', 'device')
    .option('--amount <number>', 'minor units that it begins with', whole(AMOUNT_MAX), 10_000)
    .option('--currency <code>', 'ISO 4217', 'CNY')
    .option('--category <number>', 'merchant category; 0: a person', whole(CATEGORY_MAX), 0)
    .option('--pin <digits>', 'PIN; its PUK is printed', pin)
    .addHelpText('after', `\nRun it again if it was cut off: it goes on where it was.\n${EXIT_HELP}`)
    .action((flags: ProvisionFlags, command: Command) => runProvision(out, flags, command));

  tapnote
    .command('doctor')
    .description('find the board and its PN532, and say what is wrong and what to do next')
    .addOption(port())
    .option('-j, --json <file>', 'write what was found; "-" is standard output')
    .addHelpText('after', EXIT_HELP)
    .action((flags: { port?: string; json?: string }) =>
      withDevice(flags.port, async (client) => {
        const checkup = await checkUp(client);
        if (flags.json !== '-') tellCheckup(out, checkup);
        if (flags.json !== undefined) writeJson(flags.json, checkup);
        return checkup.healthy ? Exit.fine : Exit.violated;
      }),
    );

  tapnote
    .command('bench')
    .description('what the firmware on a board takes to compute, beside the emulated chip')
    .addOption(port())
    .option('-j, --json <file>', 'write the figures; "-" is standard output')
    .option('--report <file>', 'write all that others need to know of this board: see hal/README.md')
    .option('--no-emulated', 'leave the emulated chip out')
    .addHelpText('after', EXIT_HELP)
    .action((flags: { port?: string; json?: string; report?: string; emulated: boolean }) =>
      withDevice(flags.port, async (client) => {
        let done = 0;
        const measured = await benchOverPort(client, (name) => out.progress(name, ++done, done + 1));
        const report = await compare(measured, flags.emulated);
        if (flags.json !== '-') tellBench(out, report);
        if (flags.json !== undefined) writeJson(flags.json, report);
        if (flags.report !== undefined) writeReport(flags.report, report, await checkUp(client));
        return Exit.fine;
      }),
    );

  tapnote
    .command('log')
    .description('what a device has noted since it was started')
    .addOption(port())
    .option('-j, --json <file>', 'write the events; "-" is standard output')
    .addHelpText('after', EXIT_HELP)
    .action((flags: { port?: string; json?: string }) =>
      withDevice(flags.port, async (client) => {
        const events = await readLog(client);
        if (flags.json !== '-') for (const event of events) out.line(eventLine(event));
        if (flags.json !== undefined) writeJson(flags.json, events);
        return Exit.fine;
      }),
    );

  tapnote
    .command('flash')
    .description('build and flash the firmware for a board, or write an image of it')
    .requiredOption('-b, --board <name>', 'a folder of hal/boards')
    .addOption(port())
    .option('--link <name>', 'wires to the PN532: hsu, i2c or spi')
    .option('--image <file>', 'a program that is built already: written with esptool')
    .addHelpText('after', EXIT_HELP)
    .action((flags: FlashOptions) => {
      process.exitCode = flash(flags);
    });

  tapnote
    .command('console')
    .description('a device without a board, behind a pseudo-terminal that the commands above take for a port')
    .option('--simulate', 'the firmware in Node, with a simulated PN532 (the default)')
    .option(
      '--emulate',
      'the firmware in XS on an emulated rv32imc chip, with a simulated PN532 on its second UART',
    )
    .addOption(new Option('--fault <name>', 'what is wrong with the wires').choices(FAULTS).default('none'))
    .option('--flash <file>', 'keep its flash in a file')
    .addHelpText('after', EXIT_HELP)
    .action((flags: { fault: Fault; flash?: string; emulate?: boolean }) => runConsole(out, flags));
}
