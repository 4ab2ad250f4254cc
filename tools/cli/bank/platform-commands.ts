import { type Command, InvalidArgumentError, Option } from 'commander';
import { AMOUNT_MAX } from '../../../firmware/limits.js';
import { U32_MAX } from '../../../firmware/objects/shape.js';
import { hex } from '../../../sim/bank/bytes.js';
import type { BillName } from '../../../sim/bank/platform/funds.js';
import { DEFAULT_TERMS } from '../../../sim/bank/platform/terms.js';
import { utc } from '../../../sim/words.js';
import {
  accountNumber,
  IDENTITY_TIER_MAX,
  OPERATOR_MAX,
  SCENE_MAX,
  terminalId,
  whole,
} from '../arguments.js';
import { OutputFile } from '../files/output-file.js';
import { publicKey } from '../files/public-key.js';
import type { Output } from '../output/terminal-output.js';
import { counterOf, done, tell } from './counter.js';
import { billsTold, debtsTold, disputeTold, recordTold, termsTold } from './platform-told.js';

const LINES_MAX = 1_000;
const DAY_S = 86_400;

/** Reads the name of a bill. */
function billName(text: string): BillName {
  const [, terminal, digits] = /^([0-9a-f]{16}):(\d{1,10})$/i.exec(text) ?? [];
  const sequence = Number(digits);
  if (terminal === undefined || sequence < 1 || sequence > U32_MAX)
    throw new InvalidArgumentError('Expected TERMINAL:NUMBER, as `bank bills` prints it.');
  return { terminal: terminalId(terminal), sequence };
}

/** An account, or a terminal. */
function accountOrTerminal(text: string): { account: number } | { terminal: Uint8Array } {
  return /^[0-9a-f]{16}$/i.test(text) ? { terminal: terminalId(text) } : { account: accountNumber(text) };
}

/** `tapnote bank`: what platforms do, for accounts that are billed first and deducted later. */
export function addPlatformCommands(bank: Command, out: Output): void {
  const counter = counterOf(bank);

  counter('platform', 'an operator’s public key for terminals and their receipts')
    .argument('<operator>', '', whole(OPERATOR_MAX, 1))
    .option('--make', 'it keeps accounts of users from now on: make its key, unless it has one')
    .option('-o, --out <file>', 'write the key, as `tapnote pos` reads it')
    .action((operator: number, { make, out: path, ...flags }) => {
      const file = path === undefined ? undefined : OutputFile.check('--out', path);
      return tell(out, flags, async ({ platform }) => {
        const key = make ? await platform.make(operator) : await platform.publicKey(operator);
        file?.write(`${hex(key)}\n`);
        return { value: { publicKey: hex(key) }, lines: [hex(key)] };
      });
    });
  counter('credit', 'what an account and its platform agree upon; without an option, what they have')
    .argument('<account>', '', accountNumber)
    .option('--line <amount>', 'the most that it may owe, in minor units', whole(AMOUNT_MAX))
    .option(
      '--quota <amount>',
      `what one certificate is good for (default: ${DEFAULT_TERMS.quota})`,
      whole(AMOUNT_MAX, 1),
    )
    .option('--days <number>', `how long one holds (default: ${DEFAULT_TERMS.life_s / DAY_S})`, whole(366, 1))
    .option('--tier <number>', 'strength of the user’s identity', whole(IDENTITY_TIER_MAX))
    .option('--scene <number>', 'the only scene where certificates hold; 0: anywhere', whole(SCENE_MAX))
    .option('--face <amount>', 'the most that bills by face come to on a day', whole(AMOUNT_MAX))
    .option('--withholding <account>', 'another account, from which debts may be taken', accountNumber)
    .option('--no-withholding', 'there is no such agreement any more')
    .action((account: number, { line, quota, days, tier, scene, face, withholding, ...flags }) =>
      tell(out, flags, async ({ platform }) => {
        const given = Object.entries({
          ...{ line, quota, tier, scene },
          life_s: days === undefined ? undefined : days * DAY_S,
          faceDayMax: face,
          withholding: withholding === true ? undefined : withholding === false ? null : withholding,
        }).filter(([, value]) => value !== undefined);
        if (given.length === 0) return termsTold(await platform.terms(account));
        return termsTold(await platform.setTerms(account, Object.fromEntries(given)));
      }),
    );
  counter('certificate', 'certify the key of a user’s device, by the terms of the account')
    .argument('<account>', '', accountNumber)
    .requiredOption('--key <key>', 'its Ed25519 public key: 64 hex digits, or a file with them')
    .requiredOption('-o, --out <file>', 'where the certificate is written')
    .action((account: number, { key, out: path, ...flags }) => {
      const userKey = publicKey('key', key, 'tapnote bank certificate');
      const file = OutputFile.check('--out', path);
      return tell(out, flags, async ({ platform }) => {
        const certificate = await platform.certify(account, userKey);
        file.write(certificate);
        return done(`certificate of account ${account}: ${path}`, { certificate: hex(certificate) });
      });
    });
  counter('revoke', 'take back an account certificate: it is on the deny list from now on')
    .argument('<serial>', '', whole(U32_MAX, 1))
    .option('--operator <number>', 'whose it is', whole(OPERATOR_MAX, 1), 1)
    .action((serial: number, { operator, ...flags }) =>
      tell(out, flags, async ({ platform }) => {
        await platform.revoke(operator, serial);
        return done(`certificate ${serial} is taken back`);
      }),
    );
  counter('deny-list', 'the certificates that a platform has taken back, one a line')
    .argument('<operator>', '', whole(OPERATOR_MAX, 1))
    .action((operator: number, flags) =>
      tell(out, flags, async ({ platform }) => {
        const list = await platform.denyList(operator);
        return { value: list, lines: list.serials.map(String) };
      }),
    );
  counter('bills', 'the bills of an account, as a user or as a merchant, or of a terminal: the latest first')
    .argument('<account|terminal>', 'a number, or 16 hex digits', accountOrTerminal)
    .option('--lines <number>', 'a page', whole(LINES_MAX, 1), 20)
    .action((of: { account: number } | { terminal: Uint8Array }, { lines, ...flags }) =>
      tell(out, flags, async ({ platform }) => billsTold(await platform.bills(of, lines))),
    );
  counter('debts', 'what no balance has covered, whose it is, and in what state')
    .argument('[account]', 'of this one alone', accountNumber)
    .action((account: number | undefined, flags) =>
      tell(out, flags, async ({ platform }) => debtsTold(await platform.debts(account))),
    );
  counter('credit-record', 'what is held against a user, the oldest first')
    .argument('<account>', '', accountNumber)
    .action((account: number, flags) =>
      tell(out, flags, async ({ platform }) => recordTold(await platform.creditRecord(account))),
    );
  counter('dispute', 'a user says that a bill is not theirs; or decide what no evidence decides')
    .argument('<bill>', 'TERMINAL:NUMBER', billName)
    .addOption(new Option('--for <side>', 'decide it, once it is open').choices(['user', 'site']))
    .action((bill: BillName, { for: side, ...flags }) =>
      tell(out, flags, async ({ platform }) =>
        disputeTold(side ? await platform.decide(bill, side) : await platform.dispute(bill)),
      ),
    );
  counter('leave', 'a user leaves its platform: not while it owes; asked again, it says how far that is')
    .argument('<account>', '', accountNumber)
    .action((account: number, flags) =>
      tell(out, flags, async ({ platform }) => {
        const { state, since_s, quotas } = await platform.leave(account);
        const words =
          state === 'left'
            ? `account ${account} has left: all its money is free`
            : `account ${account} leaves since ${utc(since_s)}: ${quotas} of it may be billed still`;
        return done(words, { state, since_s, quotas });
      }),
    );
}
