import { readFileSync, renameSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { RunReport, StoryEvent } from '../../sim/scenario/events.js';
import marketDay from '../../sim/scenarios/market-day.json' with { type: 'json' };
import { wantsColour } from '../../tools/cli/output/terminal-output.js';
import { ROOT, startTapnote, tapnote, temporary } from './run-cli.js';

// Every run opens a bank of its own, which takes seconds: each test looks at as much of one as it can.

const SMALL = {
  title: 'Small',
  start: '2026-05-16T08:30:00+08:00',
  people: [
    { name: 'Mei', deposit: 10_000 },
    { name: 'Stall', kind: 'merchant', category: 5814 },
  ],
};
const PAY = { do: 'pay', from: 'Mei', to: 'Stall' };
const MARKET_DAY = 'sim/scenarios/market-day.json';
const COLUMNS_MAX = 120;

const scenario = (name: string, steps: readonly object[]): string =>
  temporary(name, JSON.stringify({ ...SMALL, steps }, null, 2));

/** The README shows lines that `npm start` really prints, in that order. */
function expectStoryOfReadme(output: string): void {
  const readme = readFileSync(`${ROOT}/README.md`, 'utf8');
  const [, story] = /<!-- story:begin -->\n+```text\n([\s\S]*?)\n```/.exec(readme) ?? [];
  const printed = output.split('\n').map((line) => line.trim());
  const shown = story.split('\n').filter((line) => line.trim() !== '' && line.trim() !== '…');
  expect(shown.length).toBeGreaterThan(10);
  let at = 0;
  for (const line of shown) {
    const found = printed.indexOf(line.trim(), at);
    expect(found, `"${line}" after line ${at}`).toBeGreaterThanOrEqual(at);
    at = found + 1;
  }
}

type Run = RunReport & { events: StoryEvent[] };
const readRun = (path: string): Run => JSON.parse(readFileSync(path, 'utf8'));

describe('tapnote sim', () => {
  it.each(['torn-touch', 'clones-and-limits', 'reserves'])(
    'plays %s to the end, with status 0',
    async (name) => {
      const { status, out, err } = await tapnote(['sim', `sim/scenarios/${name}.json`]);
      expect({ status, err }).toEqual({ status: 0, err: '' });
      expect(out).toContain('Audit: all money is there.');
      expect(out).toContain(`Replay: npx tapnote sim sim/scenarios/${name}.json --seed `);
      for (const line of out.split('\n')) expect(line.length).toBeLessThan(COLUMNS_MAX);
    },
  );

  it('plays the market day: figures of each touch, the clone named, the audit; and again, to the byte', async () => {
    const other = temporary('other-seed.json');
    const [{ status, out, err }, again, quiet] = await Promise.all([
      tapnote(['sim', MARKET_DAY]),
      tapnote(['sim', MARKET_DAY, '--seed', `${marketDay.seed ?? 1}`]),
      tapnote(['sim', MARKET_DAY, '--seed', '8', '--quiet', '--json', other]),
    ]);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    for (const pattern of [
      /Mei → Noodle stall +12\.50 {2}paid in [\d.]+ ms\n +APDU [\d,]+ B · air [\d,]+ B, \d+ frames, [\d.]+ ms · link [\d.]+ ms · flash [\d.]+ ms, 1\+2 records · compute not measured/,
      /3 people → Noodle stall {2}\(100 times\) +[\d.]+ {2}100 paid/,
      /Noodle stall → Green Farm {2}\(again\) +\d+\.\d\d {2}paid/,
      /Noodle stall → Mei {2}\(refund\) +4\.50 {2}paid/,
      /Bo → Tea stall +15\.00 {2}torn, hand away at byte \d+ on air/,
      /Bo → Tea stall {2}\(again\) +15\.00 {2}paid in [\d.]+ ms, by what was in flight/,
      /Xiao → Tea stall +25\.00 {2}refused by the card: paymentLimit/,
      /the bank names Rui +spent twice: proof by fork, \d+ bytes, verified offline/,
      /Audit: all money is there\./,
    ]) {
      expect(out).toMatch(pattern);
    }
    for (const line of out.split('\n')) expect(line.length).toBeLessThan(COLUMNS_MAX);
    expect(again.out).toBe(out);
    expectStoryOfReadme(out);
    expect(quiet.status).toBe(0);
    expect(quiet.out.trimEnd().split('\n')).toEqual([
      'Everything adds up, and all went as the scenario expects.',
      `Replay: npx tapnote sim ${MARKET_DAY} --seed 8`,
    ]);
    const sum = readRun(other).events.find((event) => event.kind === 'repeat')?.sum ?? 0;
    expect(sum).toBeGreaterThan(0);
    expect(out).not.toContain(` ${(sum / 100).toFixed(2)} `);
  });

  it('has readers ask for another bit rate, by an option or by the scenario, and says so in the replay', async () => {
    const steps = [
      { do: 'load', who: 'Mei', amount: 5_000 },
      { ...PAY, amount: 1_200 },
    ];
    const file = temporary('fast.json', JSON.stringify({ ...SMALL, bitRate_kbps: 424, steps }, null, 2));
    const play = async (...args: string[]) => {
      const target = temporary('run.json');
      const { status, out } = await tapnote(['sim', ...args, '--json', target]);
      expect(status).toBe(0);
      const [touch] = readRun(target).events.filter((event) => event.kind === 'touch');
      return { out, air_us: touch.cost.air_us };
    };
    const fast = await play(file);
    const slow = await play(file, '--bit-rate', '106');
    expect(fast.air_us).toBeLessThan(slow.air_us / 3);
    expect(fast.out).toMatch(/^Replay: .* --seed 1$/m);
    expect(slow.out).toMatch(/^Replay: .* --seed 1 --bit-rate 106$/m);
    const wrong = await tapnote(['sim', file, '--bit-rate', '848']);
    expect(wrong).toMatchObject({ status: 2, out: '' });
    expect(wrong.err).toContain('Expected one of 106, 212, 424 ');
  });

  it('writes all that happened as JSON, tells every repeat when verbose, and has colour when it is forced', async () => {
    const file = scenario('small.json', [
      { do: 'load', who: 'Mei', amount: 5_000 },
      { ...PAY, amount: 1_200, times: 3 },
    ]);
    const target = temporary('run.json');
    const args = ['sim', file, '--json', target, '--seed', '9', '--verbose'];
    const { status, out } = await tapnote(args, { FORCE_COLOR: '1' });
    expect(status).toBe(0);
    expect(out).toContain('(2/3)');
    expect(out).toContain('\u001b[32mpaid\u001b[39m');
    const run = readRun(target);
    expect(run).toMatchObject({
      title: 'Small',
      seed: 9,
      ok: true,
      violations: [],
      accused: [],
      audit: { ok: true, held: 5_000, inFlight: 0, bank: { deposited: 10_000, issued: 5_000 } },
      totals: { touches: 3, paid: 3, syncs: 1 },
    });
    expect(run.holdings.map(({ name, held }) => [name, held])).toEqual([
      ['Mei', 1_400],
      ['Stall', 3_600],
    ]);
    const touches = run.events.filter((event) => event.kind === 'touch');
    expect(touches).toHaveLength(3);
    expect(touches[0]).toMatchObject({
      step: 1,
      do: 'pay',
      from: 'Mei',
      to: 'Stall',
      amount: 1_200,
      outcome: 'paid',
      records: [1, 2],
      repeat: { index: 1, of: 3 },
    });
    expect(touches[0].cost.apduBytes).toBeGreaterThan(500);
  });

  it('ends with status 1 when something is not as expected, and says what and where, without colour in a pipe', async () => {
    const file = scenario('unmet.json', [
      { do: 'load', who: 'Mei', amount: 5_000 },
      { ...PAY, amount: 6_000, expect: 'paid' },
      { ...PAY, amount: 100, times: 3 },
      { do: 'balances', expect: { Mei: 4_000 } },
    ]);
    const { status, out, err } = await tapnote(['sim', file]);
    expect(status).toBe(1);
    expect(out).toContain('2 things are not as they must be.');
    expect(out).not.toContain('(2/3)');
    expect(out + err).not.toContain('\u001b');
    const lines = readFileSync(file, 'utf8').split('\n');
    const line = (text: string) => lines.findIndex((each) => each.includes(text));
    expect(err.trimEnd().split('\n')).toEqual([
      `${file}:${line('"pay"')}:5: /steps/1: expected paid, got refused: insufficient`,
      `${file}:${line('"balances"')}:5: /steps/3: expected Mei to hold 4000, got 4700`,
    ]);
  });

  it('ends with status 2 for a scenario that cannot be played, before anything is played', async () => {
    const file = scenario('broken.json', [{ ...PAY, from: 'May', amount: 1 }]);
    const { status, out, err } = await tapnote(['sim', file]);
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toMatch(
      /:\d+:\d+: \/steps\/0\/from: expected a person or clone, got "May" \(did you mean "Mei"\?\)/,
    );
  });
});

describe('colour', () => {
  it.each([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { TERM: 'dumb' }, false],
    [false, { FORCE_COLOR: '1' }, true],
    [true, { FORCE_COLOR: '0' }, false],
    [true, { NO_COLOR: '1', FORCE_COLOR: '1' }, true],
  ])('on a terminal (%s) with %j is %s', (isTTY, env, expected) => {
    expect(wantsColour({ isTTY }, env)).toBe(expected);
  });
});

describe('tapnote sim --watch', () => {
  it('plays a file again when it has changed, tells what is wrong in it, and ends with a signal', async () => {
    const load = { do: 'load', who: 'Mei', amount: 5_000 };
    const file = scenario('watched.json', [load, { ...PAY, amount: 1_250, expect: 'paid' }]);
    const waiting = `Waiting for ${file} to change`;
    const running = await startTapnote(['sim', file, '--watch', '--quiet'], /(Ctrl-C ends it)/);
    const plays = (): number => running.said().split(waiting).length - 1;
    /** Writes the file, and returns what is said of it. */
    const change = async (next: string): Promise<string> => {
      const [before, played] = [running.said().length, plays()];
      // At one go, as careful editors do.
      renameSync(next, file);
      while (plays() === played) await new Promise((again) => setTimeout(again, 20));
      return running.said().slice(before);
    };
    expect(running.said()).toContain('Everything adds up');
    expect(await change(temporary('next.json', '{ "title": 1'))).toContain('[json-syntax]');
    const wrong = [load, { ...PAY, amount: 1_250, expect: { refused: 'insufficient' } }];
    expect(await change(scenario('next.json', wrong))).toContain('One thing is not as it must be.');
    expect(await running.end('SIGINT')).toBe(0);
  });

  it('says at once that there is no such file', async () => {
    const { status, err } = await tapnote(['sim', 'no-such', '--watch']);
    expect(err).toMatch(/^error: [^\n]+ \[file-missing\]\n$/);
    expect(status).toBe(2);
  });
});
