import { basename } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { hostCrypto } from '../../../hal/crypto/host.js';
import { useKeptCluster } from '../../../sim/host/kept-cluster.js';
import { PRIVATE_FILE } from '../../../sim/host/private-folder.js';
import type { RunReport, StoryEvent } from '../../../sim/scenario/events.js';
import type { LoadedScenario } from '../../../sim/scenario/load.js';
import { runScenario } from '../../../sim/scenario/runner.js';
import type { Scenario } from '../../../sim/scenario/scenario.js';
import { mistakeLine } from '../../../sim/scenario/scenario-error.js';
import type { Stage } from '../../../sim/scenario/stage.js';
import { t } from '../../../sim/texts/language.js';
import { type CaptureFlags, Captures } from '../capture/captures.js';
import { CliError } from '../cli-error.js';
import { jsonOutput, OutputFile, STANDARD_OUTPUT } from '../files/output-file.js';
import { Exit } from '../output/exit.js';
import { table } from '../output/table.js';
import { Output } from '../output/terminal-output.js';
import { complain, report } from '../run-command.js';
import { bundledScenarios, loadScenario } from './scenario-file.js';
import { Story } from './story.js';
import { tellEnding } from './story-ending.js';

export interface SimOptions extends CaptureFlags {
  readonly seed?: number;
  readonly bitRate?: number;
  readonly json?: string;
  readonly flash?: string;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

const DEFAULT_SEED = 1;

/**
 * PostgreSQL is compiled once, and fast: a scenario is over before better code for what is run often would
 * have won back what making it takes, half of a start's processor time.
 */
const COMPILE_ONCE = '--liftoff-only';

/** Plays a scenario; returns the exit status. */
export async function sim(given: string, options: SimOptions): Promise<Exit> {
  const loaded = withBitRate(loadScenario(given), options.bitRate);
  const { file } = loaded;
  const writeReport = jsonOutput(options.json);
  const images = options.flash === undefined ? undefined : imageFiles(options.flash, loaded.scenario);
  const captures = new Captures(options);
  const seed = options.seed ?? loaded.scenario.seed ?? DEFAULT_SEED;
  const toStdout = options.json === STANDARD_OUTPUT;
  const out = new Output(toStdout ? process.stderr : process.stdout);
  const story = new Story(out, loaded.scenario, options.verbose === true);
  const quiet = options.quiet === true || toStdout;
  const events: StoryEvent[] = [];
  if (!quiet) story.begin(loaded.scenario, seed);
  setFlagsFromString(COMPILE_ONCE);
  const keepCluster = useKeptCluster();
  const played = await runScenario(
    hostCrypto,
    loaded,
    seed,
    {
      event(event) {
        events.push(event);
        if (!quiet) story.tell(event);
      },
      progress: ({ what, done, of }) => out.progress(what, done, of),
    },
    {
      atStart: (stage) => captures.begin(stage.town.world),
      atEnd: (stage) => {
        if (images) exportFlash(images, stage);
      },
    },
  );
  await keepCluster();
  const rate = options.bitRate === undefined ? '' : ` --bit-rate ${options.bitRate}`;
  const replay = `npx tapnote sim ${quoted(file)} --seed ${seed}${rate}`;
  if (!quiet) tellEnding(out, played);
  for (const violation of played.violations) complain(violationLine(loaded, violation));
  if (!toStdout) {
    out.line(verdict(out, played));
    out.line(t`Replay: ${replay}`);
  }
  captures.end(replay);
  writeReport?.({ file, replay, ...played, events });
  return played.ok ? Exit.fine : Exit.violated;
}

function withBitRate(loaded: LoadedScenario, bitRate_kbps: number | undefined): LoadedScenario {
  if (bitRate_kbps === undefined) return loaded;
  return { ...loaded, scenario: { ...loaded.scenario, bitRate_kbps } };
}

function violationLine(
  loaded: LoadedScenario,
  { pointer, message }: RunReport['violations'][number],
): string {
  return mistakeLine(loaded.file, { place: loaded.place(pointer), pointer, message });
}

function verdict(out: Output, report: RunReport): string {
  return report.ok
    ? out.style('green', t`Everything adds up, and all went as the scenario expects.`)
    : out.style(['red', 'bold'], failure(report.violations.length));
}

const failure = (count: number): string =>
  count === 1 ? t`One thing is not as it must be.` : t`${count} things are not as they must be.`;

/**
 * The file of each device's flash: its name in small letters. Throws CliError when two devices would have one
 * file.
 */
function imageFiles(folder: string, { people, steps }: Scenario): ReadonlyMap<string, OutputFile> {
  const open = OutputFile.checkFolder('--flash', folder);
  const owners = new Map<string, string>();
  const files = new Map<string, OutputFile>();
  const clones = steps.flatMap((step) => (step.do === 'clone' ? [step.as] : []));
  for (const name of [...people.map((person) => person.name), ...clones]) {
    const file = `${name
      .normalize('NFC')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, '-')}.bin`;
    const owner = owners.get(file);
    if (owner !== undefined) {
      const both = `${JSON.stringify(owner)} and ${JSON.stringify(name)}`;
      throw new CliError(Exit.usage, 'file-name-twice', `--flash ${folder}: ${both} would both be ${file}`);
    }
    owners.set(file, name);
    files.set(name, open(file));
  }
  return files;
}

function exportFlash(files: ReadonlyMap<string, OutputFile>, stage: Stage): void {
  for (const name of stage.devices)
    files.get(name)?.write(stage.device(name).nor.exportImage(), PRIVATE_FILE);
}

const quoted = (file: string): string =>
  /^[\w./-]+$/.test(file) ? file : `'${file.replaceAll("'", "'\\''")}'`;

/** The scenarios that come with tapnote: name, title and path. */
export function listScenarios(out: Output): void {
  const rows = bundledScenarios().map((file) => [
    basename(file, '.json'),
    loadScenario(file).scenario.title,
    file,
  ]);
  for (const line of table(rows)) out.line(line);
}

/** Checks scenario files; every mistake is a line on standard error. */
export function checkScenarios(files: readonly string[], out: Output): Exit {
  let exit: Exit = Exit.fine;
  for (const file of files) {
    try {
      const { scenario } = loadScenario(file);
      out.line(`${file}: fine, ${scenario.people.length} people, ${scenario.steps.length} steps`);
    } catch (error) {
      exit = report(error);
    }
  }
  return exit;
}
