/** `npm run bench:relay`: honest touches and touches over a relay, against the bound on relays. */
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import { meetsBars, NETWORK_US, RELAY_MAX_US, TURN_AROUNDS_US, WIRES } from '../../../sim/relay/bars.js';
import { RelayTrial, type Tally, type Wires } from '../../../sim/relay/trial.js';
import { count } from '../../../sim/words.js';
import { sharedCrypto } from '../../../sim/world/shared-crypto.js';
import { jsonOutput, STANDARD_OUTPUT } from '../../cli/files/output-file.js';
import { EXIT_HELP, Exit } from '../../cli/output/exit.js';
import { table } from '../../cli/output/table.js';
import { Output } from '../../cli/output/terminal-output.js';
import { commandLine, runCommand } from '../../cli/run-command.js';
import { natural, positive } from '../../fuzz/natural.js';
import { fillMarked } from '../marked.js';

const DOCUMENT = 'docs/benchmarks.md';

interface Options {
  readonly touches: number;
  readonly relayed: number;
  readonly bound: number;
  readonly network: number;
  readonly seed: number;
  readonly json?: string;
  readonly docs?: true;
}

interface Row {
  readonly wires: Wires;
  readonly turnAround_us: number;
  readonly trial: RelayTrial;
}

function measure(wires: Wires, turnAround_us: number, options: Options): Row {
  const { seed, bound: relayMax_us, touches, relayed, network } = options;
  console.error(`… ${namesOf(wires)}, ${inMs(turnAround_us)} ms`);
  const crypto = sharedCrypto(opensslCrypto);
  const trial = new RelayTrial({ crypto, seed, wires, turnAround_us, relayMax_us });
  for (let done = 0; done < touches; done++) trial.touch();
  for (let done = 0; done < relayed; done++) trial.relayedTouch(network);
  trial.checkValue();
  return { wires, turnAround_us, trial };
}

function bench(options: Options): void {
  const { json, docs } = options;
  const write = jsonOutput(json);
  const out = new Output(json === STANDARD_OUTPUT ? process.stderr : process.stdout);
  const rows = WIRES.flatMap((wires) => TURN_AROUNDS_US.map((slow_us) => measure(wires, slow_us, options)));
  const cells = cellsOf(rows, options);
  for (const line of table(cells)) out.line(line);
  write?.({
    ...options,
    rows: rows.map(({ trial: { honest, relayed }, ...row }) => ({ ...row, honest, relayed })),
  });
  if (docs) fillMarked(DOCUMENT, 'relay', [...markdown(cells), '']);
  process.exitCode = rows.every(({ trial }) => meetsBars(trial)) ? Exit.fine : Exit.violated;
}

const inMs = (us: number): string => (us / 1000).toFixed(1);
const namesOf = ({ link, irq }: Wires): string => `${link.toUpperCase()}${irq ? '' : ', polled'}`;
const range = ({ touches, excessMin_us, excessMax_us }: Tally): string =>
  touches === 0 ? '-' : `${inMs(excessMin_us)} to ${inMs(excessMax_us)}`;

function cellsOf(rows: readonly Row[], { network }: Options): string[][] {
  const head = [
    'wires',
    'turn, ms',
    'honest',
    'refused',
    'excess, ms',
    `relayed, +${inMs(network)} ms`,
    'refused',
    'excess, ms',
  ];
  const cells = rows.map(({ wires, turnAround_us, trial: { honest, relayed } }) => [
    namesOf(wires),
    inMs(turnAround_us),
    count(honest.touches),
    count(honest.refused),
    range(honest),
    count(relayed.touches),
    count(relayed.refused),
    range(relayed),
  ]);
  return [head, ...cells];
}

function markdown([head, ...rows]: readonly string[][]): string[] {
  const rule = head.map((_, i) => (i === 0 ? '---' : '---:'));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}

await runCommand(
  commandLine('bench:relay')
    .description(
      'Pays at terminals that check how near the card is: with the card there, and with the touch carried to it ' +
        'over a network. Ends with status 1 when an honest touch was refused, or more than one relayed in 100 was not.',
    )
    .option('--touches <n>', 'honest ones, for each line of the table', natural, 10_000)
    .option('--relayed <n>', 'relayed ones, for each line of the table', natural, 1_000)
    .option('--bound <us>', 'relayMax_us of the profile', positive, RELAY_MAX_US)
    .option('--network <us>', 'what the network adds to an exchange, there and back', natural, NETWORK_US)
    .option('--seed <n>', 'of all that is drawn', natural, 1)
    .option('-j, --json <file>', 'write all figures to a file; "-" is standard output')
    .option('--docs', `write the table of ${DOCUMENT}`)
    .addHelpText('after', EXIT_HELP)
    .action(bench),
);
