/** `npm run bench:page`: what the page costs the processor, by Chromium's own trace. */
import type { Browser } from 'playwright-core';
import { count } from '../../../sim/words.js';
import { jsonOutput, STANDARD_OUTPUT } from '../../cli/files/output-file.js';
import { EXIT_HELP } from '../../cli/output/exit.js';
import { table } from '../../cli/output/table.js';
import { Output } from '../../cli/output/terminal-output.js';
import { commandLine, runCommand } from '../../cli/run-command.js';
import { positive } from '../../fuzz/natural.js';
import { bundlePage } from '../../page/bundle.js';
import { launchChromium } from '../../page/chromium.js';
import { servePage } from '../../page/server.js';
import { fillMarked } from '../marked.js';
import { CATEGORIES, MainThread } from './trace.js';

const DOCUMENT = 'docs/benchmarks.md';
/** What a frame may take, so that it is in time on a screen of 120 Hz. */
const FRAME_MS_MOST = 8;
const HAS_PAINTED = "performance.getEntriesByName('first-contentful-paint').length > 0";

interface Options {
  readonly rounds: number;
  readonly json?: string;
  readonly docs?: true;
}

interface Round {
  readonly firstPaint_us: number;
  readonly frames_us: readonly number[];
}

/** Opens the page in a browser of its own, and plays a touch in slow motion to its end. */
async function play(browser: Browser, url: string): Promise<Round> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  await browser.startTracing(page, { categories: CATEGORIES });
  await page.goto(url);
  await page.waitForFunction(HAS_PAINTED, undefined, { timeout: 0 });
  const opened = new MainThread(await browser.stopTracing());
  const touch = page.getByRole('button', { name: 'Touch', exact: true });
  await touch.waitFor({ timeout: 0 });
  await touch.click();
  await page.locator('.timeline').waitFor({ timeout: 0 });
  const slow = page.getByRole('button', { name: 'Slow motion' });
  await browser.startTracing(page, { categories: CATEGORIES });
  await slow.click();
  await slow.and(page.locator('[aria-pressed=false]')).waitFor({ timeout: 0 });
  const played = new MainThread(await browser.stopTracing());
  await context.close();
  return { firstPaint_us: opened.firstPaint_us, frames_us: played.frames_us };
}

async function bench({ rounds, json, docs }: Options): Promise<void> {
  const write = jsonOutput(json);
  const out = new Output(json === STANDARD_OUTPUT ? process.stderr : process.stdout);
  const { files } = await bundlePage();
  const served = await servePage(files, 0);
  const played: Round[] = [];
  try {
    for (let round = 1; round <= rounds; round++) {
      console.error(`… round ${round} of ${rounds}`);
      const browser = await launchChromium();
      played.push(await play(browser, served.url));
      await browser.close();
    }
  } finally {
    await served.close();
  }
  const cells = cellsOf(played);
  for (const line of table(cells)) out.line(line);
  write?.({ rounds: played });
  if (docs) fillMarked(DOCUMENT, 'page', [...markdown(cells), '']);
}

/** The value below which so many of a hundred lie. */
function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))];
}

const inMs = (us: number): string => (us / 1000).toFixed(1);

function cellsOf(rounds: readonly Round[]): string[][] {
  const paints = rounds.map(({ firstPaint_us }) => firstPaint_us);
  const frames = rounds.flatMap(({ frames_us }) => frames_us);
  const late = frames.filter((us) => us > FRAME_MS_MOST * 1000).length;
  return [
    ['processor time of the page’s thread, ms', 'median', '95 of 100', 'most', 'aim'],
    ['until the first paint', inMs(percentile(paints, 50)), '', inMs(Math.max(...paints)), ''],
    [
      `a frame while a touch plays (${count(frames.length)} frames, ${count(late)} above the aim)`,
      inMs(percentile(frames, 50)),
      inMs(percentile(frames, 95)),
      inMs(Math.max(...frames)),
      `${FRAME_MS_MOST}`,
    ],
  ];
}

const markdown = ([head, ...rows]: readonly string[][]): string[] =>
  [head, head.map((_, i) => (i === 0 ? '---' : '---:')), ...rows].map((cells) => `| ${cells.join(' | ')} |`);

await runCommand(
  commandLine('bench:page')
    .description('Counts what the page costs the processor in Chromium, by the browser’s own trace.')
    .option('--rounds <number>', 'each in a browser of its own', positive, 3)
    .option('-j, --json <file>', 'write all figures to a file; "-" is standard output')
    .option('--docs', `write the table of ${DOCUMENT}`)
    .addHelpText('after', EXIT_HELP)
    .action(bench),
);
