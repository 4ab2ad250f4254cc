import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PIN_TRIES_MAX } from '../../../firmware/limits.js';
import { openStore } from '../../../firmware/store/open.js';
import { crc32 } from '../../../hal/crc32.js';
import { hostCrypto } from '../../../hal/crypto/host.js';
import { freshPglite } from '../../../sim/bank/db/fresh-pglite.js';
import { record } from '../../../sim/capture/recording.js';
import { PageError } from '../../../sim/page/page-error.js';
import { Session } from '../../../sim/page/session.js';
import { MACHINES, type Machine } from '../../../sim/page/state-machines.js';
import { TOWN } from '../../../sim/page/town.js';
import type { Phase, Scenario, Step, TearCause } from '../../../sim/scenario/scenario.js';
import { ascii } from '../../../sim/world/test-bank.js';
import { PUK, type Town } from '../../../sim/world/town.js';
import { DAY_S, townOf } from '../../support/town.js';

const TILL = 'Noodle stall';
const STRANGERS = ['Ana', 'Bo', 'Cy', 'Dee'];
/** The stall looks how near a card is. */
const SCENARIO: Scenario = {
  ...TOWN,
  profiles: { ...TOWN.profiles, near: { relayMax_us: 4_000 } },
  people: [
    ...TOWN.people.map((person) => (person.name === TILL ? { ...person, profile: 'near' } : person)),
    ...STRANGERS.map((name) => ({ name, deposit: 10_000 })),
  ],
  steps: [
    { do: 'load', who: ['Mei', 'Rui'], amount: 20_000 },
    { do: 'load', who: STRANGERS, amount: 5_000 },
    { do: 'pay', from: 'Mei', to: TILL, amount: 4_000 },
  ],
};
const PINS: Readonly<Record<string, string>> = { Mei: '1357', Rui: '2468' };
const STEPS = 150;

// What somebody does on purpose

const pay = (from: string, amount = 100): Step => ({ do: 'pay', from, to: TILL, amount });
const push = (to: string, amount = 100): Step => ({ do: 'push', from: TILL, to, amount });
const resume = (card: string): Step => ({ do: 'resume', terminal: TILL, card });
/** A payment that is torn in the answer of a phase. */
const torn = (step: Step, phase: Phase, what: TearCause = 'hand away'): Step => {
  const { from, to, amount } = step as Step & { do: 'pay' };
  const by = step.do === 'push' ? 'push' : 'pay';
  return { do: 'tear', by, from, to, amount, at: { phase, part: 'answer' }, what };
};
const lost = 'terminal power';

const ON_PURPOSE: readonly Step[] = [
  // What a card has in flight is collected before anything else.
  ...[pay('Mei', 200), push('Mei', 200), resume('Mei')].flatMap((next) => [
    torn(pay('Mei'), 'transfer'),
    next,
  ]),
  // And what the terminal has in flight is delivered.
  ...[pay('Mei', 200), push('Mei', 200), resume('Mei')].flatMap((next) => [
    torn(push('Mei'), 'deliver'),
    next,
  ]),
  // A sale that is called off, and another one.
  torn(pay('Mei'), 'transfer'),
  { do: 'cancel' },
  resume('Mei'),
  torn(pay('Mei'), 'transfer'),
  { do: 'cancel' },
  pay('Mei', 300),
  // A card that has synced answers nothing of before: it stays, and another joins it.
  torn(push('Mei'), 'offer'),
  torn(push('Rui'), 'deliver'),
  { do: 'sync', who: 'Rui' },
  pay('Rui', 200),
  push('Rui', 200),
  resume('Rui'),
  // While one is open with Rui, others are asked who they are.
  pay('Mei', 200),
  push('Mei', 200),
  resume('Mei'),
  // The card knows the terminal, which lost its power before it has kept the card's certificate.
  ...[pay('Ana'), push('Ana'), resume('Ana')].flatMap((next, i) => [
    torn(pay(STRANGERS[i]), 'receipt', lost),
    {
      ...next,
      ...('card' in next ? { card: STRANGERS[i] } : { [next.do === 'pay' ? 'from' : 'to']: STRANGERS[i] }),
    } as Step,
  ]),
  torn(push('Dee'), 'deliver', lost),
  pay('Dee'),
  // The PIN.
  { do: 'pay', from: 'Mei', to: TILL, amount: 12_000, pin: PINS.Mei },
];

// What comes of itself

const name = fc.constantFrom('Mei', 'Rui', TILL);
const payment = {
  from: name,
  to: name,
  amount: fc.constantFrom(1, 70, 600, 12_000),
  by: fc.constantFrom('pay' as const, 'push' as const),
  hasPin: fc.boolean(),
};
const withPin = <Of extends { from: string; hasPin: boolean }>({ hasPin, ...step }: Of) =>
  hasPin && PINS[step.from] !== undefined ? { ...step, pin: PINS[step.from] } : step;
const ANY_STEP: fc.Arbitrary<Step> = fc.oneof(
  fc.record(payment).map(({ by, ...rest }) => ({ do: by, ...withPin(rest) })),
  {
    weight: 3,
    arbitrary: fc
      .record({
        ...payment,
        what: fc.constantFrom<TearCause[]>('hand away', 'card power', 'terminal power'),
        at: fc.record({ fraction: fc.double({ min: 0.01, max: 1, noNaN: true }) }),
      })
      .map((each) => ({ do: 'tear' as const, ...withPin(each) })),
  },
  fc.constant({ do: 'again' as const }),
  fc.constant({ do: 'cancel' as const }),
  fc.record({ do: fc.constant('resume' as const), terminal: name, card: name }),
  fc.record({ do: fc.constant('press' as const), who: name }),
  fc.record({ do: fc.constant('sync' as const), who: name }),
);

const edgesOf = ([name, { states }]: [string, Machine]): string[] =>
  Object.entries(states).flatMap(([from, { to }]) => to.map((next) => `${name}: ${from} → ${next}`));

describe('the state machines of the page', () => {
  let session: Session;
  /** Edges that the running firmware has walked, but for those to where every state leads. */
  const walked = new Set<string>();

  beforeAll(async () => {
    ({ session } = await Session.open(hostCrypto, SCENARIO, await freshPglite(), () => {}));
  });
  afterAll(() => session.close());

  async function play(step: Step): Promise<void> {
    try {
      const { events } = await session.step(step);
      expect(events.filter(({ kind }) => kind === 'violation')).toEqual([]);
    } catch (error) {
      if (error instanceof PageError) return;
      throw error;
    }
    const at = new Map<string, string>();
    for (const { machine, device, state } of session.recording.states) {
      const before = at.get(machine + device);
      at.set(machine + device, state);
      const { always }: Machine = MACHINES[machine];
      if (before !== undefined && !always.includes(state)) walked.add(`${machine}: ${before} → ${state}`);
    }
  }

  it('are what the firmware walks in touches that are paid, torn, resumed, called off', async () => {
    for (const each of ON_PURPOSE) await play(each);
    for (const each of fc.sample(ANY_STEP, { numRuns: STEPS, seed: 1 })) await play(each);
    const { lifecycle, ...ofTouches } = MACHINES;
    const known = Object.entries(ofTouches).flatMap(edgesOf);
    expect([...walked].filter((edge) => !known.includes(edge))).toEqual([]);
    expect(known.filter((edge) => !walked.has(edge))).toEqual([]);
  });
});

/** Longer than a certificate lasts. */
const AWAY_S = 365 * DAY_S + 1;
const LIVES = 3;
const CHANGES_IN_A_LIFE = 10;
const PIN = '2468';

/** What can become of a wallet; its bank knows of it, or not yet. */
const CHANGES: Readonly<Record<string, (town: Town, who: string) => unknown>> = {
  'wrong PINs': (town, who) => {
    for (let i = 0; i < PIN_TRIES_MAX; i++) town.statement(TILL, who, '0000');
  },
  'its PUK': (town, who) => town.resident(who).device.wallet.unlockPin(ascii(PUK), ascii(PIN)),
  'the bank unlocks its PIN': (town, who) => town.bank.unlockPin(town.resident(who).id),
  'the bank suspends it, or lifts that': (town, who) => {
    const { id } = town.resident(who);
    return town.bank.liftSuspension(id).catch(() => town.bank.suspend(id));
  },
  'a long time': (town) => {
    town.world.pass(AWAY_S);
    return town.sync(TILL);
  },
  'a sync': (town, who) => town.sync(who),
  'a sync that is torn': (town, who) => town.sync(who, 2),
};

/** The PIN is locked for most of it. */
const LOCKED_LIFE: readonly string[] = [
  'wrong PINs',
  'the bank suspends it, or lifts that',
  'a sync',
  'the bank suspends it, or lifts that',
  'a sync',
  'a long time',
  'a sync',
  'its PUK',
  'a long time',
  'a sync',
  'a long time',
  'the bank suspends it, or lifts that',
  'a sync',
  'the bank suspends it, or lifts that',
  'a sync',
];

describe('the lifecycle on the page', () => {
  it('is what the firmware walks: PINs, suspensions, certificates that run out, in any order', async () => {
    const town = await townOf({ [TILL]: { category: 5812 } });
    const { states } = record(town.world);
    const lifeOf = (who: string): string[] =>
      states.flatMap(({ machine, device, state }) =>
        machine === 'lifecycle' && device === who ? state : [],
      );
    const walked = new Set<string>();
    const change = fc.constantFrom(...Object.keys(CHANGES));
    const life = fc.array(change, { minLength: CHANGES_IN_A_LIFE, maxLength: CHANGES_IN_A_LIFE });
    const lives = [LOCKED_LIFE, ...fc.sample(life, { numRuns: LIVES, seed: 1 })];
    for (const [i, changes] of lives.entries()) {
      const who = `Mei ${i}`;
      await town.enrol(who, { pin: PIN });
      for (const each of changes) {
        await CHANGES[each](town, who);
        // Whoever comes near sees what it is now.
        town.statement(TILL, who, PIN);
      }
      const { device } = town.resident(who);
      device.powerOff();
      const opened = openStore(device.nor, crc32);
      if (opened.status === 'ok') opened.store.journal.append(Uint8Array.of(0xff));
      device.powerOn();
      const seen = lifeOf(who);
      expect(seen.at(-1)).toBe('stopped');
      for (const [k, state] of seen.slice(1, -1).entries())
        if (state !== seen[k]) walked.add(`lifecycle: ${seen[k]} → ${state}`);
    }
    expect([...walked].sort()).toEqual(edgesOf(['lifecycle', MACHINES.lifecycle]).sort());
  });
});
