import type { Command } from 'commander';
import { U32_MAX } from '../../../firmware/objects/shape.js';
import { pinDigits, whole } from '../arguments.js';
import { jsonOutput, OutputFile, STANDARD_OUTPUT } from '../files/output-file.js';
import { EXIT_HELP, Exit } from '../output/exit.js';
import type { Output } from '../output/terminal-output.js';
import { withDevice } from '../serial/with-device.js';

/** Entries between two syncs, and some. */
const LINES_MAX = 10_000;

const HELP = `
A receipt that stands alone proves one payment, or that it was refused, to whoever has the root's public key.
Payer, payee and bank export the same bytes.

Examples:
  $ npx tapnote receipt list --pin 2468
  $ npx tapnote receipt export --sequence 7 --pin 2468 --out coffee.receipt
  $ npx tapnote receipt verify coffee.receipt --root root-key.txt
${EXIT_HELP}`;

interface ExportFlags {
  readonly port?: string;
  readonly sequence: number;
  readonly pin: string;
  readonly out: string;
}

async function runExport(out: Output, { port, sequence, pin, out: path }: ExportFlags): Promise<void> {
  const file = OutputFile.check('--out', path);
  const { exportReceipt } = await import('./from-device.js');
  await withDevice(port, async (client) => {
    const { bytes } = await exportReceipt(client, sequence, pin);
    file.write(bytes);
    out.line(`receipt of entry ${sequence}: ${path}, ${bytes.length} bytes`);
    out.line(`Next: npx tapnote receipt verify ${path} --root KEY`);
    return Exit.fine;
  });
}

interface ListFlags {
  readonly port?: string;
  readonly pin: string;
  readonly lines: number;
  readonly json?: string;
}

async function runList(out: Output, { port, pin, lines: linesMax, json }: ListFlags): Promise<void> {
  const write = jsonOutput(json);
  const { readHistory } = await import('./from-device.js');
  const { historyTable, historyValue } = await import('./history.js');
  await withDevice(port, async (client) => {
    const lines = await readHistory(client, linesMax, pin);
    if (json !== STANDARD_OUTPUT) for (const line of historyTable(lines)) out.line(line);
    write?.(lines.map(historyValue));
    return Exit.fine;
  });
}

/** `tapnote receipt`: receipts that stand alone. */
export function addReceiptCommands(receipt: Command, out: Output): void {
  receipt.addHelpText('after', HELP);

  receipt
    .command('export')
    .description('the receipt of a payment that a device made or received, over its cable')
    .option('-p, --port <path>', 'serial port (default: looked for)')
    .requiredOption('--sequence <number>', 'entry of the device’s journal', whole(U32_MAX, 1))
    .requiredOption('--pin <digits>', 'the owner’s', pinDigits)
    .requiredOption('-o, --out <file>', 'where it is written')
    .addHelpText('after', EXIT_HELP)
    .action((flags: ExportFlags) => runExport(out, flags));

  receipt
    .command('list')
    .description('the entries of a device’s journal, newest first: the number of the payment that is meant')
    .option('-p, --port <path>', 'serial port (default: looked for)')
    .requiredOption('--pin <digits>', 'the owner’s', pinDigits)
    .option('--lines <number>', 'the newest', whole(LINES_MAX, 1), 20)
    .option('-j, --json <file>', 'write them; "-" is standard output')
    .addHelpText('after', EXIT_HELP)
    .action((flags: ListFlags) => runList(out, flags));

  receipt
    .command('verify')
    .description('check a receipt by the root’s key alone, and say what it proves')
    .argument('<FILE>', 'the receipt')
    .requiredOption('--root <key>', 'the root’s public key: 64 hex digits, or a file with them')
    .option('-j, --json <file>', 'write what it proves; "-" is standard output')
    .addHelpText('after', EXIT_HELP)
    .action(async (path: string, { root, json }: { root: string; json?: string }) => {
      const write = jsonOutput(json);
      const { publicKey } = await import('../files/public-key.js');
      const { tellProven, verifyFile } = await import('./verify.js');
      const key = publicKey('root', root, 'tapnote bank serve');
      const proven = verifyFile(path, key);
      if (json !== STANDARD_OUTPUT) for (const line of tellProven(proven, key)) out.line(line);
      write?.(proven);
    });
}
