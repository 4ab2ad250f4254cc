import { mkdirSync, openSync, readdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunReport, StoryEvent } from '../../../sim/scenario/events.js';
import { loadScenario, mistakeLine, ScenarioError } from '../../../sim/scenario/load.js';
import { runScenario } from '../../../sim/scenario/runner.js';
import type { Stage } from '../../../sim/scenario/stage.js';
import { Exit } from '../output/exit.js';
import { Output } from '../output/terminal-output.js';
import { Story } from './story.js';
import { tellEnding } from './story-ending.js';

export interface SimOptions {
  readonly seed?: number;
  readonly json?: string;
  readonly flash?: string;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

const DEFAULT_SEED = 1;
const SCENARIOS = new URL('../../../sim/scenarios/', import.meta.url);

/** Plays a scenario; returns the exit status. */
export async function sim(file: string, options: SimOptions): Promise<Exit> {
  const loaded = loadScenario(file);
  const target = options.json === undefined ? undefined : openTarget(options.json);
  if (target === null || !makeFolder(options.flash)) return Exit.usage;
  const seed = options.seed ?? loaded.scenario.seed ?? DEFAULT_SEED;
  const toStdout = options.json === '-';
  const out = new Output(toStdout ? process.stderr : process.stdout);
  const story = new Story(out, loaded.scenario, options.verbose === true);
  const quiet = options.quiet === true || toStdout;
  const events: StoryEvent[] = [];
  if (!quiet) story.begin(loaded.scenario, seed);
  const report = await runScenario(
    loaded,
    seed,
    {
      event(event) {
        events.push(event);
        if (!quiet) story.tell(event);
      },
      progress: ({ what, done, of }) => out.progress(what, done, of),
    },
    (stage) => {
      if (options.flash !== undefined) exportFlash(options.flash, stage);
    },
  );
  const replay = `npx tapnote sim ${quoted(file)} --seed ${seed}`;
  if (!quiet) tellEnding(out, report);
  for (const { pointer, message } of report.violations) {
    const place = loaded.place(pointer);
    process.stderr.write(`${mistakeLine(file, { place, pointer, message })}\n`);
  }
  if (!toStdout) out.line(verdict(out, report, replay));
  if (target) target(jsonOf(file, report, events, replay));
  return report.ok ? Exit.fine : Exit.violated;
}

function verdict(out: Output, report: RunReport, replay: string): string {
  const words = report.ok
    ? out.style('green', 'Everything adds up, and all went as the scenario expects.')
    : out.style(['red', 'bold'], failure(report.violations.length));
  return `${words}\nReplay: ${replay}`;
}

const failure = (count: number): string =>
  count === 1 ? 'One thing is not as it must be.' : `${count} things are not as they must be.`;

/** Made before the run. False when it cannot be, and the user has been told. */
function makeFolder(path: string | undefined): boolean {
  try {
    if (path !== undefined) mkdirSync(path, { recursive: true });
    return true;
  } catch (error) {
    process.stderr.write(`error: --flash ${path}: ${(error as NodeJS.ErrnoException).code}\n`);
    return false;
  }
}

/** An image of every device's flash, under its name in small letters. */
function exportFlash(folder: string, stage: Stage): void {
  for (const name of stage.devices) {
    const file = `${name.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-')}.bin`;
    writeFileSync(join(folder, file), stage.device(name).nor.exportImage());
  }
}

/**
 * Opened before the run, so that a wrong path costs no wait. Null when it cannot be, and the user has been
 * told.
 */
function openTarget(path: string): ((text: string) => void) | null {
  if (path === '-') return (text) => void process.stdout.write(text);
  try {
    const handle = openSync(path, 'w');
    return (text) => writeFileSync(handle, text);
  } catch (error) {
    process.stderr.write(`error: --json ${path}: ${(error as NodeJS.ErrnoException).code}\n`);
    return null;
  }
}

function jsonOf(file: string, report: RunReport, events: readonly StoryEvent[], replay: string): string {
  return `${JSON.stringify({ file, replay, ...report, events }, withoutNoise, 2)}\n`;
}

/** Times are sums of fractions of a microsecond: what is beyond a nanosecond is rounding. */
const withoutNoise = (_: string, value: unknown): unknown =>
  typeof value === 'number' ? Math.round(value * 1000) / 1000 : value;

const quoted = (file: string): string =>
  /^[\w./-]+$/.test(file) ? file : `'${file.replaceAll("'", "'\\''")}'`;

/** The scenarios that come with tapnote, by path and title. */
export function listScenarios(out: Output): void {
  const folder = fileURLToPath(SCENARIOS);
  const files = readdirSync(folder).filter(
    (name) => name.endsWith('.json') && !name.endsWith('.schema.json'),
  );
  for (const name of files.sort()) {
    const { scenario } = loadScenario(folder + name);
    out.line(`${relative(process.cwd(), folder + name)}  ${out.style('dim', scenario.title)}`);
  }
}

/** Checks scenario files; every mistake is a line on standard error. */
export function checkScenarios(files: readonly string[], out: Output): Exit {
  let exit: Exit = Exit.fine;
  for (const file of files) {
    try {
      const { scenario } = loadScenario(file);
      out.line(`${file}: fine, ${scenario.people.length} people, ${scenario.steps.length} steps`);
    } catch (error) {
      if (!(error instanceof ScenarioError)) throw error;
      process.stderr.write(`${error.message}\n`);
      exit = Exit.usage;
    }
  }
  return exit;
}
