import { type Command, InvalidArgumentError, Option } from 'commander';
import { U32_MAX } from '../../../firmware/objects/shape.js';
import { PRIVATE_FILE } from '../../../sim/host/private-folder.js';
import { accountNumber, deviceId, PORT_MAX, whole } from '../arguments.js';
import { BANK_PORT, bankAt } from '../bank/bank-at.js';
import { neededToken } from '../bank/token.js';
import { jsonOutput, OutputFile, STANDARD_OUTPUT } from '../files/output-file.js';
import { EXIT_HELP, Exit } from '../output/exit.js';
import type { Output } from '../output/terminal-output.js';

const WITNESS_PORT = 4_820;
const BANK = `http://127.0.0.1:${BANK_PORT}`;

const HELP = `
Each operator of a bank keeps a log of what it has settled, which the others and the central bank cosign. A
proof from it is verified by keys alone; a copy of it needs no bank.

Examples:
  $ npx tapnote ledger mirror --to copy
  $ npx tapnote ledger proof 1 00112233445566aa --sequence 7 --out coffee.tlog-proof
  $ npx tapnote ledger verify coffee.tlog-proof --policy copy/operator-1/policy
  $ npx tapnote ledger audit copy --supervisor supervisor.key
${EXIT_HELP}`;

interface CounterFlags {
  readonly bank: string;
  readonly tokenFile?: string;
}

const clientOf = ({ bank, tokenFile }: CounterFlags) => bankAt(bank, neededToken(tokenFile));

/** Year and month, as 202611. */
function period(text: string): number {
  if (!/^\d{4}(0[1-9]|1[0-2])$/.test(text))
    throw new InvalidArgumentError('Expected year and month: 202611.');
  return Number(text);
}

const policies = () =>
  new Option('--policy <file...>', 'whom to believe: the policy of each log').makeOptionMandatory();

/** `tapnote ledger`: the operators' logs, and what is proved by them. */
export function addLedgerCommands(ledger: Command, out: Output): void {
  ledger.addHelpText('after', HELP);
  const command = (name: string, description: string): Command =>
    ledger.command(name).description(description).addHelpText('after', EXIT_HELP);
  const counter = (name: string, description: string): Command =>
    command(name, description)
      .option('--bank <url>', 'where it is served', BANK)
      .option('--token-file <file>', 'of the counter (default: TAPNOTE_COUNTER_TOKEN_FILE)');

  command(
    'verify',
    'check a proof by keys alone, and say what it proves: a payment, or two histories of a log',
  )
    .argument('<FILE>', 'a .tlog-proof, or a .tlog-fork')
    .addOption(policies())
    .option('-j, --json <file>', 'write what it proves; "-" is standard output')
    .action(async (path: string, { policy, json }: { policy: string[]; json?: string }) => {
      const write = jsonOutput(json);
      const { verifyFile } = await import('./verify.js');
      const { value, lines } = verifyFile(path, policy);
      if (json !== STANDARD_OUTPUT) for (const line of lines) out.line(line);
      write?.(value);
    });

  command('show', 'say what is in a proof, or in a folder with copies of logs; nothing is verified')
    .argument('<PATH>', 'a .tlog-proof, or a folder')
    .action(async (path: string) => {
      const { show } = await import('./show.js');
      for (const line of await show(path)) out.line(line);
    });

  command('mirror', 'copy the logs of a bank, or bring copies up to date: each leaf is checked')
    .argument('[URL]', 'where the bank is served', BANK)
    .requiredOption('--to <dir>', 'the copies, a folder a log')
    .option('--policy <file...>', 'whom to believe (default: what the copy has, or at first the bank itself)')
    .action(async (url: string, { to, policy = [] }: { to: string; policy?: string[] }) => {
      const { mirror } = await import('./mirror.js');
      process.exitCode = await mirror(out, url, to, policy);
    });

  command('audit', 'open copies of logs as the central bank, and add up what the operators settled')
    .argument('<DIR>', 'what "ledger mirror" has made')
    .requiredOption('--supervisor <file>', 'the central bank’s key, as "ledger supervisor" writes it')
    .option('-j, --json <file>', 'write every payment; "-" is standard output')
    .action(async (folder: string, { supervisor, json }: { supervisor: string; json?: string }) => {
      const write = jsonOutput(json);
      const { audit } = await import('./audit.js');
      const { value, lines, exit } = await audit(folder, supervisor);
      if (json !== STANDARD_OUTPUT) for (const line of lines) out.line(line);
      write?.(value);
      process.exitCode = exit;
    });

  command('witness', 'serve a witness on this computer: it cosigns what continues the logs that it has seen')
    .requiredOption('--data <dir>', 'its key, and what it has cosigned')
    .requiredOption('--name <name>', 'of its key, such as tapnote/0123456789abcdef/operator-2/witness')
    .requiredOption('--log <key...>', 'the keys of the logs that it knows, as their policies have them')
    .option(
      '--port <number>',
      'on the loopback interface; 0: any that is free',
      whole(PORT_MAX),
      WITNESS_PORT,
    )
    .action(async (flags: { data: string; name: string; log: string[]; port: number }) => {
      const { serveWitness } = await import('./witness.js');
      await serveWitness(out, flags);
    });

  counter('proof', 'write the proof of a payment that a device made or received, for its owner to keep')
    .argument('<account>', '', accountNumber)
    .argument('<device>', '16 hex digits', deviceId)
    .requiredOption('--sequence <number>', 'entry of the device’s journal', whole(U32_MAX, 1))
    .requiredOption('-o, --out <file>', 'where it is written, such as coffee.tlog-proof')
    .action(async (account: number, device: Uint8Array, { sequence, out: path, ...flags }) => {
      const file = OutputFile.check('--out', path);
      const proof = await clientOf(flags).ledgerProof(account, device, sequence);
      file.write(proof);
      out.line(`proof of entry ${sequence}: ${path}, ${proof.length} characters`);
      out.line(`Next: npx tapnote ledger verify ${path} --policy FILE`);
    });

  counter('supervisor', 'write the key of the central bank that opens all ciphertexts, to be kept elsewhere')
    .requiredOption('-o, --out <file>', 'where it is written, for its owner’s eyes')
    .action(async ({ out: path, ...flags }) => {
      const file = OutputFile.check('--out', path);
      const secret = await clientOf(flags).supervisor();
      file.write(`${Buffer.from(secret).toString('hex')}\n`, PRIVATE_FILE);
      out.line(`the supervisor’s key: ${path}`);
    });

  counter('forget', 'delete what is sealed for the central bank of all months before this one')
    .argument('<month>', 'such as 202611', period)
    .action(async (month: number, flags: CounterFlags) => {
      const count = await clientOf(flags).forgetLedger(month);
      out.line(
        `${count} ciphertexts from before ${month} are deleted; copies have theirs in ciphertext/MONTH`,
      );
      process.exitCode = Exit.fine;
    });
}
