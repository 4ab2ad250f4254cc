import { type Command, Option } from 'commander';
import type { Identity } from '../../../firmware/console/identity.js';
import { AMOUNT_MAX } from '../../../firmware/limits.js';
import { checkLifecycle, type Lifecycle } from '../../../firmware/payment/lifecycle.js';
import { Refusal } from '../../../firmware/protocol/refusal.js';
import { hex } from '../../../sim/bank/bytes.js';
import { FAULTS } from '../../../sim/device/faults.js';
import { t } from '../../../sim/texts/language.js';
import { nameOf, refusalWords } from '../../../sim/words.js';
import { TIER_MAX } from '../../../sim/world/tiers.js';
import { CATEGORY_MAX, OPERATOR_MAX, PLACE_MAX, pinDigits, whole } from '../arguments.js';
import { readPassword } from '../bank/password-file.js';
import { jsonOutput, jsonText, OutputFile, STANDARD_OUTPUT } from '../files/output-file.js';
import { EXIT_HELP, Exit } from '../output/exit.js';
import { Output } from '../output/terminal-output.js';
import type { AirRow } from './air-bench.js';
import { OWNER_HELP, PAIR_HELP } from './board-owner.js';
import type { ConsoleClient } from './client.js';
import type { CheckupLine } from './doctor.js';
import type { FlashOptions } from './flash.js';
import type { ConsoleFlags } from './serve-console.js';
import type { ShelfOf } from './station.js';
import { withDevice, withOther } from './with-device.js';

const WRITES_MAX = 1_000_000;

/** `withDevice` for a command with `--json`: whether it is to tell people, too, and where the figures go. */
function reporting(
  { port, json }: { readonly port?: string; readonly json?: string },
  work: (client: ConsoleClient, isTold: boolean, write?: (value: unknown) => void) => Promise<Exit>,
): Promise<void> {
  const write = jsonOutput(json);
  return withDevice(port, (client) => work(client, json !== STANDARD_OUTPUT, write));
}

interface ProvisionFlags {
  port?: string;
  bank?: string;
  newBank?: string;
  tokenFile?: string;
  name: string;
  amount: number;
  currency?: string;
  account?: number;
  category: number;
  tier?: number;
  place?: number;
  withdrawalPasswordFile?: string;
  pin?: string;
}

/** Who is not registered has no name, no money in an account, and the weakest tier. */
const NOBODY_KNOWN = { name: '', amount: 0, tier: 0 };
/** What is in an account that there is already is not this device's. */
const NOTHING_PAID_IN = { amount: 0 };
/** Options that say what a wallet is made as. */
const MAKING = [
  ...['name', 'amount', 'currency', 'account', 'category', 'tier', 'place'],
  ...['withdrawalPasswordFile', 'pin'],
];

async function runProvision(out: Output, flags: ProvisionFlags, command: Command): Promise<void> {
  const { bank, newBank, port, tokenFile, withdrawalPasswordFile, ...given } = flags;
  if ((bank === undefined) === (newBank === undefined))
    command.error('one of --bank URL and --new-bank DIR is needed', { code: 'commander.missingArgument' });
  const { provision } = await import('./provision.js');
  const { remoteStation } = await import('./station.js');
  const { localStation } = await import('./local-station.js');
  const { StateFile } = await import('../files/state-file.js');
  const shelfOf: ShelfOf = (kind, name) => new StateFile(kind, name);
  const { neededToken } = await import('../bank/token.js');
  const options = {
    ...given,
    ...(given.account !== undefined && NOTHING_PAID_IN),
    ...(withdrawalPasswordFile !== undefined && {
      ...NOBODY_KNOWN,
      password: readPassword(withdrawalPasswordFile),
    }),
  };
  await withDevice(port, async (client) => {
    const station =
      bank === undefined
        ? await localStation(newBank!, options.currency, shelfOf)
        : remoteStation(bank, neededToken(tokenFile), shelfOf);
    try {
      const done = await provision(client, station, options, (line) => out.line(line));
      const { id, account, began, puk } = done;
      if (puk) out.line(`PUK: ${puk} (write it down: it is not kept any longer)`);
      const words = `wallet of the bank at ${station.where}, account ${account}`;
      const told = began === 'active' ? `is already a ${words}: nothing to do` : `is a ${words}`;
      out.line(out.style('green', `device ${hex(id)} ${told}`));
      const vain = began === 'blank' ? [] : givenOf(command);
      if (vain.length > 0)
        out.line(out.style('yellow', `it was made before: ${vain.join(', ')} changed nothing`));
      station.forget(done.signingKey);
      return Exit.fine;
    } finally {
      await station.close();
    }
  });
}

/** Options about the making of a wallet that were given, as they are typed. */
const givenOf = (command: Command): string[] =>
  command.options
    .filter((option) => MAKING.includes(option.attributeName()))
    .filter((option) => command.getOptionValueSource(option.attributeName()) === 'cli')
    .map((option) => option.long ?? option.flags);

/** A week. */
const EVERY_S_MAX = 604_800;

interface SyncFlags {
  readonly bank: string;
  readonly operator?: number;
  readonly port?: string;
  /** Seconds. */
  readonly every?: number;
}

async function runSync(out: Output, flags: SyncFlags): Promise<void> {
  const { keepSynced } = await import('./keep-synced.js');
  if (flags.every === undefined) return syncOnce(out, flags);
  process.exitCode = await keepSynced(out, flags.every, () => syncOnce(out, flags));
}

async function syncOnce(out: Output, flags: SyncFlags): Promise<void> {
  const { carrySync } = await import('./sync.js');
  const { bankAt } = await import('../bank/bank-at.js');
  const bank = bankAt(flags.bank);
  await bank.about();
  await withDevice(flags.port, async (client) => {
    const { deviceId } = await client.identify();
    const messages = await carrySync(client, bank.openSync(flags.operator));
    const who = deviceId ? `device ${hex(deviceId)}` : 'the device';
    out.line(out.style('green', `${who} has synced with the bank at ${flags.bank}, ${messages} messages`));
    for (const line of standing(await client.identify())) out.line(out.style('yellow', line));
    return Exit.fine;
  });
}

/** What a device cannot do any more, and what has become of its money; nothing when all is well. */
function standing({ lifecycle, holdsMoney }: Identity): string[] {
  const why = checkLifecycle(lifecycle as Lifecycle);
  if (why === undefined) return [];
  const stopped = `it neither pays nor is paid any more: ${refusalWords(nameOf(Refusal, why))}`;
  if (why !== Refusal.suspended) return [stopped];
  const money = holdsMoney
    ? 'it holds money, or payments under way, that a next sync gives to its bank'
    : 'it holds no money: what it had has gone to its bank, where its account has it (`bank statement`)';
  return [stopped, money];
}

interface BenchFlags {
  port?: string;
  other?: string;
  json?: string;
  report?: string;
  emulated: boolean;
}

interface PayFlags {
  from: string;
  to: string;
  amount: number;
  pin?: string;
  json?: string | true;
}

const toned = (out: Output, { text, tone }: CheckupLine): string =>
  tone === undefined ? text : out.style(tone === 'good' ? 'green' : 'red', text);

/** With a second board: what the two front ends take for each other. */
async function airOf(
  client: ConsoleClient,
  { other }: BenchFlags,
  say: (what: string) => void,
): Promise<readonly AirRow[] | undefined> {
  if (other === undefined) return undefined;
  const { benchAir } = await import('./air-bench.js');
  return withOther(other, (second) => benchAir(client, second, say));
}

async function runPay(out: Output, { from, to, amount, pin, json }: PayFlags): Promise<void> {
  const target = json === true ? STANDARD_OUTPUT : json;
  const write = jsonOutput(target);
  // Standard output is for programs then; the person with the devices still has to be told what to do.
  const told = target === STANDARD_OUTPUT ? new Output(process.stderr) : out;
  const { pay } = await import('./pay.js');
  await withDevice(from, (payer) =>
    withOther(to, async (payee) => {
      const done = await pay({ payer, payee, amount, pin, say: (line) => told.line(line) });
      const { payer: by, payee: whom } = done;
      const words = done.isFromBefore
        ? t`device ${by} has paid ${amount} to device ${whom}, in the earlier run`
        : t`device ${by} has paid ${amount} to device ${whom}`;
      told.line(told.style('green', words));
      write?.(done);
      return Exit.fine;
    }),
  );
}

/** The commands that talk to a board over its cable. */
export function addSerialCommands(tapnote: Command, out: Output): void {
  const port = () => new Option('-p, --port <path>', 'serial port (default: looked for)');

  tapnote
    .command('provision')
    .description('make a blank device a wallet: keys on it, a certificate, first notes')
    .addOption(port())
    .option('--bank <url>', 'a reference bank that serves HTTP: see `tapnote bank serve`')
    .option('--token-file <file>', 'of its counter (default: TAPNOTE_COUNTER_TOKEN_FILE)')
    .option('--new-bank <dir>', 'a bank of your own in a folder, made there the first time')
    .option('--name <name>', 'of the account', 'device')
    .option('--amount <number>', 'minor units that it begins with', whole(AMOUNT_MAX), 10_000)
    .option('--currency <code>', 'ISO 4217: of a bank that is made, or a check (default: the bank’s)')
    .addOption(
      new Option('--account <number>', 'another device of an account that there is: see `tapnote bank move`')
        .argParser(whole(AMOUNT_MAX, 1))
        .conflicts(['name', 'amount', 'withdrawalPasswordFile']),
    )
    .option('--category <number>', 'merchant category; 0: a person', whole(CATEGORY_MAX), 0)
    .option(
      '--tier <number>',
      'strength of the owner’s identity, 0: unknown; with the limits of e-CNY’s wallets of that tier',
      whole(TIER_MAX),
    )
    .option(
      '--place <number>',
      'where it stands, for money that is only good there: see `tapnote bank give`',
      whole(PLACE_MAX, 1),
    )
    .addOption(
      new Option(
        '--withdrawal-password-file <file>',
        'for somebody who is not registered: whoever gives this password is paid what the device takes',
      ).conflicts(['name', 'amount', 'category', 'tier']),
    )
    .option('--pin <digits>', 'PIN; its PUK is printed', pinDigits)
    .addHelpText('after', `\nRun it again if it was cut off: it goes on where it was.\n${EXIT_HELP}`)
    .action((flags: ProvisionFlags, command: Command) => runProvision(out, flags, command));

  tapnote
    .command('sync')
    .description('let a wallet settle with its bank: what it paid and received goes up, notes come down')
    .addOption(port())
    .requiredOption('--bank <url>', 'its bank, or any operator of the same central bank')
    .option('--operator <number>', 'the operator to sync with (default: the first)', whole(OPERATOR_MAX))
    .option(
      '--every <seconds>',
      'go on by itself: sync again after so long, until Ctrl-C',
      whole(EVERY_S_MAX, 1),
    )
    .addHelpText(
      'after',
      `\nWhat is said is sealed between the two; cut off, it goes on where it was.\n${EXIT_HELP}`,
    )
    .action((flags: SyncFlags) => runSync(out, flags));

  tapnote
    .command('pay')
    .description(
      'let two devices that lie on each other pay: the one asks for the amount, the other is the card',
    )
    .requiredOption('--from <path>', 'port of the device that pays')
    .requiredOption('--to <path>', 'port of the device that is paid')
    .requiredOption('--amount <number>', 'minor units', whole(AMOUNT_MAX, 1))
    .option('--pin <digits>', 'of the payer’s owner, where the amount wants it', pinDigits)
    .option('-j, --json [file]', 'write what came of it; without a file, or as "-", on standard output')
    .addHelpText(
      'after',
      `\nCut off anywhere, the same command again goes on, and nothing is paid twice.\n${EXIT_HELP}`,
    )
    .action((flags: PayFlags) => runPay(out, flags));

  tapnote
    .command('doctor')
    .description('find the board and its PN532, and say what is wrong and what to do next')
    .addOption(port())
    .option('-j, --json <file>', 'write what was found; "-" is standard output')
    .addHelpText('after', EXIT_HELP)
    .action((flags: { port?: string; json?: string }) =>
      reporting(flags, async (client, isTold, write) => {
        const { checkUp, checkupLines } = await import('./doctor.js');
        const checkup = await checkUp(client);
        if (isTold) for (const line of checkupLines(checkup)) out.line(toned(out, line));
        write?.(checkup);
        return checkup.healthy ? Exit.fine : Exit.violated;
      }),
    );

  tapnote
    .command('bench')
    .description('what the firmware on a board takes to compute, beside the emulated chip')
    .addOption(port())
    .option('--other <path>', 'port of a second board that lies on it: what their PN532s take, at both rates')
    .option('-j, --json <file>', 'write the figures; "-" is standard output')
    .option('--report <file>', 'write all that others need to know of this board: see hal/README.md')
    .option('--no-emulated', 'leave the emulated chip out')
    .addHelpText('after', EXIT_HELP)
    .action((flags: BenchFlags) => {
      const file = flags.report === undefined ? undefined : OutputFile.check('--report', flags.report);
      return reporting(flags, async (client, isTold, write) => {
        const { SIMULATED_CHIP } = await import('../../../sim/device/board.js');
        const { benchOverPort, boardReport, compare, tellBench } = await import('./bench.js');
        const { checkUp } = await import('./doctor.js');
        let done = 0;
        const { chip } = await client.identify();
        const say = (what: string): void => out.progress(what, ++done, done + 1);
        const air = await airOf(client, flags, say);
        const measured = await benchOverPort(client, say);
        const report = await compare(measured, {
          isSimulated: chip === SIMULATED_CHIP,
          emulate: flags.emulated,
          ...(air && { air }),
        });
        if (isTold) tellBench(out, report);
        write?.(report);
        file?.write(jsonText(boardReport(report, await checkUp(client))));
        return Exit.fine;
      });
    });

  tapnote
    .command('log')
    .description('what a device has noted since it was started')
    .addOption(port())
    .option('-j, --json <file>', 'write the events; "-" is standard output')
    .addHelpText('after', EXIT_HELP)
    .action((flags: { port?: string; json?: string }) =>
      reporting(flags, async (client, isTold, write) => {
        const { eventLines, readLog } = await import('./log.js');
        const events = await readLog(client);
        if (isTold) for (const line of eventLines(events)) out.line(line);
        write?.(events);
        return Exit.fine;
      }),
    );

  tapnote
    .command('flash')
    .description(
      'build and flash the firmware for a board, or write an image of it; the notes stay as they are',
    )
    .requiredOption('-b, --board <name>', 'a folder of hal/boards')
    .addOption(port())
    .option('--link <name>', 'wires to the PN532: hsu, i2c or spi')
    .option('--image <file>', 'a program that is built already: written with esptool')
    .addHelpText('after', EXIT_HELP)
    .action(async (flags: FlashOptions) => {
      const { flash } = await import('./flash.js');
      await flash(flags);
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
    .option('--pair', 'and a second one, simulated, in its field: see `tapnote pay`')
    .option('--other-flash <file>', 'keep the flash of the second one in a file')
    .option(
      '--cut <number>',
      'pull the plug in the middle of that write to flash, counted from 1, of whichever simulated device: the ' +
        'program ends',
      whole(WRITES_MAX, 1),
    )
    .addHelpText('after', `\n${OWNER_HELP}\n${PAIR_HELP}\n${EXIT_HELP}`)
    .action(async (flags: ConsoleFlags) => {
      const { serveConsole } = await import('./serve-console.js');
      await serveConsole(out, flags);
    });
}
