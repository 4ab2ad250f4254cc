/** `npm run bench:chip`: what a payment takes on the chip. See README.md, "How fast". */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { whyNotOn } from '../../xs/run.js';
import { GUARDED, guardOf, isMet, verdicts, writeGuards } from './budgets.js';
import { pairOf } from './cases.js';
import { countTouch } from './count.js';
import { measure } from './measure.js';
import { printResults } from './print.js';
import { writeReadme } from './readme.js';
import { growthPicture } from './svg-growth.js';
import { touchPicture } from './svg-touch.js';

const USAGE = `npm run bench:chip -- [--quick] [--json FILE] [--svg FOLDER] [--readme] [--cpi CYCLES] [--mhz CLOCK]
npm run bench:chip -- --renew    counts again what the test guards`;

const { values: given } = parseArgs({
  options: {
    json: { type: 'string' },
    svg: { type: 'string' },
    cpi: { type: 'string', default: '1.3' },
    mhz: { type: 'string', default: '160' },
    quick: { type: 'boolean', default: false },
    readme: { type: 'boolean', default: false },
    renew: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

async function renew(): Promise<void> {
  const guards: Parameters<typeof writeGuards>[0] = {};
  for (const name of GUARDED) guards[name] = guardOf(await countTouch(pairOf(name)));
  writeGuards(guards);
}

async function bench(): Promise<void> {
  const pace = { cyclesPerInstruction: Number(given.cpi), clock_MHz: Number(given.mhz) };
  if (!(pace.cyclesPerInstruction > 0 && pace.clock_MHz > 0)) throw new RangeError(USAGE);
  const results = await measure(pace, given.quick, (what) => console.error(`… ${what}`));
  for (const each of printResults(results)) console.log(each);
  if (given.json !== undefined) {
    const plain = { ...results, budgets: verdicts(results).map((each) => ({ ...each, met: isMet(each) })) };
    const isSet = (value: unknown) => value instanceof Set;
    // The critical steps by name: the steps themselves are listed already.
    const text = JSON.stringify(
      plain,
      (key, value) => (key === 'critical' && isSet(value) ? names(value) : value),
      1,
    );
    writeFileSync(given.json, `${text}\n`);
  }
  if (given.readme) writeReadme(results);
  if (given.svg === undefined) return;
  mkdirSync(given.svg, { recursive: true });
  writeFileSync(join(given.svg, 'touch.svg'), touchPicture(results, results.cases.strangers));
  if (!given.quick) writeFileSync(join(given.svg, 'growth.svg'), growthPicture(results));
}

const names = (steps: ReadonlySet<{ side: string; name: string; behind: boolean }>) =>
  [...steps].map(({ side, name, behind }) => `${side} ${name}${behind ? ' behind' : ''}`);

const reason = await whyNotOn('chip');
if (given.help) console.log(USAGE);
else if (reason !== undefined) {
  console.error(`the emulated chip: ${reason}`);
  process.exitCode = 1;
} else await (given.renew ? renew() : bench());
