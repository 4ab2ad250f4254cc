import { describe, expect, it } from 'vitest';
import { hostCrypto } from '../../../hal/crypto/host.js';
import type { RunReport, StoryEvent } from '../../../sim/scenario/events.js';
import { parseScenario } from '../../../sim/scenario/load.js';
import { runScenario } from '../../../sim/scenario/runner.js';
import type { Step, TouchExpect } from '../../../sim/scenario/scenario.js';
import { ScenarioError } from '../../../sim/scenario/scenario-error.js';

const PEOPLE = [
  { name: 'Lin', deposit: 20_000, pin: '2580', face: 'screen', profile: 'careful' },
  { name: 'Mei', deposit: 20_000, profile: 'careful' },
  { name: 'Stall', kind: 'merchant', category: 5814 },
];
const LOAD: Step = { do: 'load', who: ['Lin', 'Mei'], amount: 10_000 };

const scenarioOf = (steps: readonly Step[]) =>
  parseScenario(
    'test.json',
    JSON.stringify({
      title: 'Switches',
      start: '2026-05-16T09:00:00+08:00',
      profiles: { careful: { noConfirmMax: 1_000, buttonMax: 3_000 } },
      people: PEOPLE,
      steps,
    }),
  );

/** The run counts all money after every step. */
async function play(steps: readonly Step[]): Promise<{ events: StoryEvent[]; report: RunReport }> {
  const events: StoryEvent[] = [];
  const listener = { event: (event: StoryEvent) => void events.push(event), progress() {} };
  const report = await runScenario(hostCrypto, scenarioOf([LOAD, ...steps]), 1, listener);
  expect(report.violations).toEqual([]);
  return { events, report };
}

function mistakes(steps: readonly Step[]): string {
  try {
    scenarioOf(steps);
    return '';
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    return error.message;
  }
}

const pay = (from: string, amount: number, expect: TouchExpect): Step => ({
  do: 'pay',
  from,
  to: 'Stall',
  amount,
  expect,
});

describe('a device that is switched off', () => {
  it('answers no terminal and no bank, asks for nothing, and goes on with its money when it is on again', async () => {
    const { report } = await play([
      pay('Mei', 500, 'paid'),
      { do: 'power', is: 'off', who: 'Mei' },
      pay('Mei', 500, 'torn'),
      { do: 'press', who: 'Mei', expect: 'nothing' },
      { do: 'sync', who: 'Mei', expect: 'torn' },
      { do: 'power', is: 'on', who: 'Mei' },
      pay('Mei', 500, 'paid'),
      { do: 'balances', who: 'Mei', expect: { Mei: 9_000 } },
    ]);
    expect(report.totals.torn).toBe(1);
  });

  it('begins no touch as a terminal either', async () => {
    await play([
      { do: 'power', is: 'off', who: ['Stall'] },
      pay('Mei', 500, 'torn'),
      { do: 'power', is: 'on', who: ['Stall'] },
      pay('Mei', 500, 'paid'),
    ]);
  });
});

describe('a press', () => {
  it('is consent for a payment that asks for the button, and for nothing else', async () => {
    await play([
      { do: 'press', who: 'Mei', expect: 'nothing' },
      pay('Mei', 2_000, { refused: 'button' }),
      { do: 'press', who: 'Mei', expect: 'agreed' },
      { do: 'again', expect: 'paid' },
      pay('Mei', 4_000, { refused: 'pin' }),
      { do: 'press', who: 'Mei', expect: 'nothing' },
      { do: 'again', expect: { refused: 'pin' } },
    ]);
  });

  it('on a screen agrees, declines and types the PIN, as the firmware has it', async () => {
    const a: Step = { do: 'press', who: 'Lin', button: 'A' };
    const b: Step = { do: 'press', who: 'Lin', button: 'B' };
    const digit = (turns: number): Step[] => Array.from({ length: turns }, () => a);
    const { events } = await play([
      pay('Lin', 2_000, { refused: 'button' }),
      { do: 'press', who: 'Lin', button: 'B', held: true },
      { do: 'again', expect: { refused: 'button' } },
      a,
      { do: 'again', expect: 'paid' },
      pay('Lin', 4_000, { refused: 'pin' }),
      a,
      ...digit(2),
      b,
      ...digit(5),
      b,
      ...digit(8),
      b,
      { do: 'press', who: 'Lin', button: 'A', held: true },
      { do: 'again', expect: 'paid' },
    ]);
    const screens = events.flatMap((event) => (event.kind === 'press' ? [event.screen ?? []] : []));
    expect(screens[0][0]).toBe('Ready');
    expect(screens.at(-2)).toEqual(['***0', 'PIN', expect.any(String)]);
    expect(JSON.stringify(screens)).not.toContain('2580');
  });
});

describe('what the loader says', () => {
  const down: Step = { do: 'network', is: 'down', who: 'Mei' };

  it.each([
    ['a sync of the one without a network', [down, { do: 'sync', who: 'Mei' }], 'down since /steps/0'],
    [
      'a sync of one when another has its network back',
      [
        down,
        { do: 'network', is: 'down', who: 'Lin' },
        { do: 'network', is: 'up', who: 'Mei' },
        { do: 'sync', who: 'Lin' },
      ],
      'down since /steps/1',
    ],
    ['a sync of everybody meanwhile', [down, { do: 'sync', who: 'everyone' }], 'down since /steps/0'],
    [
      'two buttons where there is one',
      [{ do: 'press', who: 'Mei', button: 'B' }],
      'only a device with a screen',
    ],
    ['a switch of nobody’s', [{ do: 'power', is: 'off', who: 'Bo' }], 'got "Bo"'],
    ['a third way', [{ do: 'power', is: 'half', who: 'Mei' }], '"on" or "off"'],
  ] as [string, Step[], string][])('%s', (_, steps, said) => {
    expect(mistakes(steps)).toContain(said);
  });

  it.each([
    ['the others', [down, { do: 'sync', who: ['Lin', 'Stall'] }]],
    ['the same one later', [down, { do: 'network', is: 'up' }, { do: 'sync', who: 'Mei' }]],
  ] as [string, Step[]][])('nothing of %s', (_, steps) => {
    expect(mistakes(steps)).toBe('');
  });
});
