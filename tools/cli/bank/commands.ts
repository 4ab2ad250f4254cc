import { type Command, InvalidArgumentError, Option } from 'commander';
import { AMOUNT_MAX } from '../../../firmware/limits.js';
import { U32_MAX } from '../../../firmware/objects/shape.js';
import { FULL_RESERVE } from '../../../sim/bank/accounts/ledger.js';
import { hex } from '../../../sim/bank/bytes.js';
import { defaultParameters } from '../../../sim/bank/context.js';
import { LOST_MONEY } from '../../../sim/bank/lost-money.js';
import { faultOfDenominations, ONE_TWO_FIVE } from '../../../sim/bank/settlement/denominations.js';
import { utc } from '../../../sim/words.js';
import { limitsOfTier, TIER_MAX } from '../../../sim/world/tiers.js';
import {
  accountNumber,
  CATEGORY_MAX,
  deviceId,
  OPERATOR_MAX,
  PLACE_MAX,
  PORT_MAX,
  whole,
} from '../arguments.js';
import { OutputFile } from '../files/output-file.js';
import { EXIT_HELP } from '../output/exit.js';
import { table } from '../output/table.js';
import type { Output } from '../output/terminal-output.js';
import { addBackupCommands } from './backup-commands.js';
import { BANK_PORT } from './bank-at.js';
import { counterOf, done, tell } from './counter.js';
import { addFareCommands } from './fare-commands.js';
import { readPassword } from './password-file.js';
import { addPlatformCommands } from './platform-commands.js';
import type { ServeOptions } from './serve.js';
import { dayOf, dayTold, statement, withFormats } from './statement.js';
import { addTerminalCommands } from './terminal-commands.js';
import { auditTold, limits, recordTold, recoveryTold } from './told.js';

const LINES_MAX = 1_000;
const DAYS_MAX = 366;
const DAY_S = 86_400;
/** Longer than most profiles let a device go without a sync. */
const OVERLAP_DAYS = 60;
const OVERLAP_DAYS_MAX = 20 * 365;
const CERTIFICATE_DAYS = defaultParameters.certificateLife_s / DAY_S;
const CERTIFICATE_DAYS_MAX = 20 * 365;

const amount = whole(AMOUNT_MAX, 1);

function denominations(text: string): readonly number[] {
  const values = text === '1-2-5' ? ONE_TWO_FIVE : text.split(',').map(Number);
  const fault = faultOfDenominations(values);
  if (fault !== undefined) throw new InvalidArgumentError(`Expected denominations: ${fault}.`);
  return values;
}

function currencyCode(text: string): string {
  if (!/^[A-Z]{3}$/.test(text)) throw new InvalidArgumentError('Expected a code of ISO 4217, such as CNY.');
  return text;
}

function originOf(text: string): string {
  if (!/^https?:\/\/./.test(text) || !URL.canParse(text))
    throw new InvalidArgumentError('Expected the address of a page, such as http://127.0.0.1:8080.');
  return new URL(text).origin;
}

/** `tapnote bank`: a bank that is served, and what its people do at the counter. */
export function addBankCommands(bank: Command, out: Output): void {
  bank
    .command('serve')
    .description('serve a bank on this computer, made there the first time')
    .option('--data <dir>', 'its books and keys in a folder: for trying out')
    .option(
      '--database <url>',
      'its books on PostgreSQL, 15 or later: postgres://USER@HOST:PORT,HOST:PORT/NAME',
    )
    .option('--token-file <file>', 'where the token of the counter lies (default: in the --data folder)')
    .option(
      '--keys <uri>',
      'its keys in a token: pkcs11:token=LABEL?module-path=FILE&pin-source=file:FILE (default: in the books)',
    )
    .option('--root-keys <uri>', 'the root’s in another one, which is needed for renew-key alone')
    .option('--port <number>', 'on the loopback interface; 0: any that is free', whole(PORT_MAX), BANK_PORT)
    .option('--currency <code>', 'ISO 4217, of a bank that is made (default: CNY)', currencyCode)
    .addOption(
      new Option(
        '--lost-money <rule>',
        'what is on a lost device, in a bank that is made (default: recovered)',
      ).choices(LOST_MONEY),
    )
    .option(
      '--denominations <values>',
      'of the notes that it issues: 1-2-5, or minor units as in 1,5,10,50 (default: a note a sum)',
      denominations,
    )
    .option(
      '--certificate-days <number>',
      'how long a device’s certificate lasts; a sync renews it in its second half',
      whole(CERTIFICATE_DAYS_MAX, 2),
      CERTIFICATE_DAYS,
    )
    .option('--allow-origin <url>', 'whose pages may ask from a browser: see tapnote board-page', originOf)
    .option(
      '--witnesses <file>',
      'who cosigns the operators’ logs (default: witnesses of its own, in the --data folder)',
    )
    .addHelpText('after', `\nIts log is on standard error, a JSON object a line.\n${EXIT_HELP}`)
    .action(async (options: ServeOptions) => {
      const { serve } = await import('./serve.js');
      await serve(out, options);
    });

  const counter = counterOf(bank);
  const purpose = (max = CATEGORY_MAX, words = 'money for one merchant category only') =>
    new Option('--purpose <category>', words).argParser(whole(max)).default(0);

  counter('account', 'open an account; prints its number')
    .argument('<name>')
    .option('--operator <number>', 'whose customer it is', whole(OPERATOR_MAX, 1), 1)
    .option('--currency <code>', 'ISO 4217 (default: the bank’s)', currencyCode)
    .addOption(
      new Option('--settle-to <where>', 'where received money goes at a sync').choices(['device', 'account']),
    )
    .action((name: string, { operator, currency, settleTo, ...flags }) =>
      tell(out, flags, async (client) => {
        const options = { ...(currency && { currency }), ...(settleTo && { settleTo }) };
        const account = await client.createAccount(operator, name, options);
        return { value: { account }, lines: [`account ${account}`] };
      }),
    );
  counter('deposit', 'pay cash into an account, in minor units')
    .argument('<account>', '', accountNumber)
    .argument('<amount>', '', amount)
    .addOption(purpose())
    .action((account: number, sum: number, { purpose: category, ...flags }) =>
      tell(out, flags, async (client) => {
        await client.deposit(account, sum, category);
        return done(`${sum} paid into account ${account}`);
      }),
    );
  counter('withdraw', 'pay cash out of an account')
    .argument('<account>', '', accountNumber)
    .argument('<amount>', '', amount)
    .action((account: number, sum: number, flags) =>
      tell(out, flags, async (client) => {
        await client.withdraw(account, sum);
        return done(`${sum} paid out of account ${account}`);
      }),
    );
  counter('pay-out', 'pay what has come in from an unregistered device to whoever gives its password')
    .argument('<device>', '16 hex digits', deviceId)
    .requiredOption('--password-file <file>', 'the withdrawal password')
    .option('--next-password-file <file>', 'the one from now on')
    .option('--operator <number>', 'at whose counter', whole(OPERATOR_MAX, 1), 1)
    .action((device: Uint8Array, { passwordFile, nextPasswordFile, operator, ...flags }) => {
      const password = readPassword(passwordFile);
      const next = nextPasswordFile === undefined ? undefined : readPassword(nextPasswordFile);
      return tell(out, flags, async (client) => {
        const paid = await client.payOut(operator, device, password, next);
        return done(`${paid} paid out for device ${hex(device)}`, { paid });
      });
    });
  counter('load', 'move money from an account to a device: it comes at its next sync')
    .argument('<account>', '', accountNumber)
    .argument('<device>', '16 hex digits', deviceId)
    .argument('<amount>', '', amount)
    .addOption(purpose(AMOUNT_MAX, 'money for one merchant category only, or of the target of that number'))
    .action((account: number, device: Uint8Array, sum: number, { purpose: category, ...flags }) =>
      tell(out, flags, async (client) => {
        await client.load(account, device, sum, category);
        return done(`${sum} for device ${hex(device)}, at its next sync`);
      }),
    );
  counter('give', 'give money of an account to anybody’s device, for somebody: it comes at its next sync')
    .argument('<account>', '', accountNumber)
    .argument('<device>', '16 hex digits: whose holder alone can spend it', deviceId)
    .argument('<amount>', '', amount)
    .addOption(purpose())
    .option('--place <number>', 'only where a merchant’s certificate has this place', whole(PLACE_MAX, 1), 0)
    .option('--payee <device>', 'only to this device', deviceId)
    .option(
      '--until <day>',
      'such as 2026-11-28, in UTC, that day included: then what is left comes back',
      dayOf,
    )
    .action(
      (
        account: number,
        device: Uint8Array,
        sum: number,
        { purpose: category, place, payee, until, ...flags },
      ) =>
        tell(out, flags, async (client) => {
          const until_s = until === undefined ? undefined : until + DAY_S;
          const gift = { purpose: category, place, payee, until_s };
          const target = await client.give(account, device, sum, gift);
          return done(`${sum} for device ${hex(device)}, at its next sync: target ${target}`, { target });
        }),
    );
  counter('unload', 'ask for money back from a device: its next sync gives it, as far as it is there')
    .argument('<account>', '', accountNumber)
    .argument('<device>', '16 hex digits', deviceId)
    .argument('<amount>', '', amount)
    .action((account: number, device: Uint8Array, sum: number, flags) =>
      tell(out, flags, async (client) => {
        await client.unload(account, device, sum);
        return done(`${sum} from device ${hex(device)}, at its next sync`);
      }),
    );
  withFormats(counter('statement', 'what an account has, and what moved'))
    .argument('<account>', '', accountNumber)
    .option('--lines <number>', 'a page', whole(LINES_MAX, 1), 20)
    .option('--before <entry>', 'the page before, as the last one says', whole(Number.MAX_SAFE_INTEGER, 1))
    .action((account: number, { lines, before, ...flags }) =>
      tell(out, flags, (client) => statement(client, account, lines, before)),
    );
  withFormats(counter('day', 'a merchant’s end of day: what each of its terminals took and paid back'))
    .argument('<account>', '', accountNumber)
    .argument('<day>', 'such as 2026-11-28, by the dates that payments bear, in UTC', dayOf)
    .action((account: number, from_s: number, flags) =>
      tell(out, flags, async (client) => dayTold(account, from_s, await client.day(account, from_s))),
    );
  counter('limits', 'the limits of a device, or new ones for it')
    .argument('<device>', '16 hex digits', deviceId)
    .option('--set <name=number...>', 'such as dayMax=20000, or tierMax=0,20000,50000,100000')
    .action((device: Uint8Array, { set = [], ...flags }) =>
      tell(out, flags, (client) => limits(client, device, set)),
    );
  counter('tier', 'the holder of a device has shown better who they are: a certificate of a stronger tier')
    .argument('<device>', '16 hex digits', deviceId)
    .argument('<tier>', 'from 1 to 3', whole(TIER_MAX, 1))
    .option('--limits', 'and the limits of e-CNY’s wallets of that tier')
    .action((device: Uint8Array, tier: number, { limits: withLimits, ...flags }) =>
      tell(out, flags, async (client) => {
        await client.raiseTier(device, tier);
        if (withLimits) await client.setLimits(device, limitsOfTier(tier));
        return done(`device ${hex(device)} is of tier ${tier}, from its next sync on`);
      }),
    );
  counter('unlock', 'unlock the PIN of a device, at its next sync')
    .argument('<device>', '16 hex digits', deviceId)
    .action((device: Uint8Array, flags) =>
      tell(out, flags, async (client) => {
        await client.unlockPin(device);
        return done(`the PIN of device ${hex(device)} is unlocked at its next sync`);
      }),
    );
  counter('suspend', 'stop a device until that is lifted; its next sync gives what it has to its account')
    .argument('<device>', '16 hex digits', deviceId)
    .option('--lift', 'let it pay and be paid again, from its next sync on')
    .action((device: Uint8Array, { lift, ...flags }) =>
      tell(out, flags, async (client) => {
        await (lift ? client.liftSuspension(device) : client.suspend(device));
        return done(`device ${hex(device)} is ${lift ? 'off' : 'on'} the hot list`);
      }),
    );
  counter('move', 'end a device: the other one of its account gets its limits, and what it gives at its sync')
    .argument('<from>', '16 hex digits', deviceId)
    .argument('<to>', '16 hex digits: enrolled, with a PIN of its own', deviceId)
    .action((from: Uint8Array, to: Uint8Array, flags) =>
      tell(out, flags, async (client) => {
        await client.move(from, to);
        return done(`device ${hex(from)} syncs once more, and then device ${hex(to)} has what it had`);
      }),
    );
  counter('lost', 'stop a device that was lost, for good: `recover` tells what becomes of its money')
    .argument('<device>', '16 hex digits', deviceId)
    .action((device: Uint8Array, flags) =>
      tell(out, flags, async (client) => {
        await client.reportLost(device);
        return done(`device ${hex(device)} is on the hot list`);
      }),
    );
  counter('receipt', 'write the receipt of a payment that a device made or received: one that stands alone')
    .argument('<account>', '', accountNumber)
    .argument('<device>', '16 hex digits', deviceId)
    .requiredOption('--sequence <number>', 'entry of the device’s journal', whole(U32_MAX, 1))
    .requiredOption('-o, --out <file>', 'where it is written')
    .action((account: number, device: Uint8Array, { sequence, out: path, ...flags }) => {
      const file = OutputFile.check('--out', path);
      return tell(out, flags, async (client) => {
        const bytes = await client.receipt(account, device, sequence);
        file.write(bytes);
        return done(`receipt of entry ${sequence}: ${path}, ${bytes.length} bytes`, { receipt: bytes });
      });
    });
  counter(
    'record',
    'what the registration centre has of a payment: whose the money is, and whether it is verified',
  )
    .argument('<device>', '16 hex digits: payer or payee', deviceId)
    .requiredOption('--sequence <number>', 'entry of the device’s journal', whole(U32_MAX, 1))
    .action((device: Uint8Array, { sequence, ...flags }) =>
      tell(out, flags, async (client) => recordTold(await client.record(device, sequence))),
    );
  counter('recover', 'what came back for a lost device that never synced, once nobody can spend or claim it')
    .argument('<device>', '16 hex digits', deviceId)
    .option('--handed-in', 'the bank has it, and it cannot sync, since the books were put back: at once')
    .action((device: Uint8Array, { handedIn = false, ...flags }) =>
      tell(out, flags, async (client) => recoveryTold(device, await client.recover(device, handedIn))),
    );
  counter('renew-key', 'endorse a new key of an operator: devices hear of it at their next syncs')
    .argument('<operator>', '', whole(OPERATOR_MAX, 1))
    .option(
      '--in-days <number>',
      'from when on it signs: time for devices to hear of it',
      whole(OVERLAP_DAYS_MAX),
      OVERLAP_DAYS,
    )
    .action((operator: number, { inDays, ...flags }) =>
      tell(out, flags, async (client) => {
        const from_s = (await client.about()).time_s + inDays * DAY_S;
        const key = await client.renewOperatorKey(operator, from_s);
        const dates = `in use from ${utc(key.from_s)}, holds until ${utc(key.until_s)}`;
        return done(`operator ${operator}, key ${key.version}: ${dates}`, key);
      }),
    );
  counter('reserves', 'what an operator has frozen with the central bank, and may still issue')
    .argument('<operator>', '', whole(OPERATOR_MAX, 1))
    .option('--freeze <amount>', 'freeze more, in minor units', amount)
    .option('--release <amount>', 'what is not needed for what is out', amount)
    .option(
      '--ratio <permille>',
      'of what it has out and may still issue: 1000 is all',
      whole(FULL_RESERVE, 1),
    )
    .action((operator: number, { freeze, release, ratio, ...flags }) =>
      tell(out, flags, async (client) => {
        if (ratio !== undefined) await client.setReserveRatio(operator, ratio);
        if (freeze !== undefined) await client.freezeReserves(operator, freeze);
        if (release !== undefined) await client.releaseReserves(operator, release);
        const told = await client.reserves(operator);
        const rows = Object.entries(told).map(([name, sum]) => [name, `${sum}`]);
        return { value: told, lines: table(rows) };
      }),
    );
  counter('keys', 'the keys of all operators: which signs now, which waits, until when they hold').action(
    (flags) =>
      tell(out, flags, async (client) => {
        const keys = await client.operatorKeys();
        const rows = keys.map(({ operator, version, state, from_s, until_s }) => [
          `operator ${operator}`,
          `key ${version}`,
          state,
          `from ${utc(from_s)}`,
          `until ${utc(until_s)}`,
        ]);
        return { value: keys, lines: table(rows) };
      }),
  );
  counter('audit', 'count all the money').action((flags) =>
    tell(out, flags, async (client) => auditTold(await client.audit())),
  );
  counter('hot-list', 'the devices that nobody shall deal with').action((flags) =>
    tell(out, flags, async (client) => {
      const list = await client.hotList();
      const rows = list.devices.map(({ device, reason }) => [hex(device), reason]);
      return { value: list, lines: rows.length > 0 ? table(rows) : ['nobody is on it'] };
    }),
  );
  counter(
    'proofs',
    'the proofs against devices that cheated; with --json their bytes, which stand alone',
  ).action((flags) =>
    tell(out, flags, async (client) => {
      const proofs = await client.proofs();
      const rows = proofs.map(({ device, kind, at_s }) => [hex(device), kind, utc(at_s)]);
      return { value: proofs, lines: rows.length > 0 ? table(rows) : ['nobody has cheated'] };
    }),
  );
  counter('tick', 'move bank time on, and do what comes due: a served bank keeps time by itself')
    .requiredOption('--days <number>', 'that the clock is put forward', whole(DAYS_MAX, 1))
    .action(({ days, ...flags }) =>
      tell(out, flags, async (client) => {
        const to_s = (await client.about()).time_s + days * DAY_S;
        await client.advance(to_s);
        return done(`bank time is ${utc(to_s)}`, { time_s: to_s });
      }),
    );
  addPlatformCommands(bank, out);
  addTerminalCommands(bank, out);
  addFareCommands(bank, out);
  addBackupCommands(bank, out);
}
