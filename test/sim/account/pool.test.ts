import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PooledBill, PoolVerdict } from '../../../firmware/account/pool-hook.js';
import { NO_POOL_RULES, Pool, RESERVATION_S } from '../../../sim/account/pool.js';
import { ANSWER_MS_MAX } from '../../../sim/account/pool-client.js';
import { askOf, PoolSite, type PoolSite as Site } from './pool-site.js';

const USERS = 4;
const QUOTA = 500;
const T0 = 1_800_000_000;
const DAY_S = 86_400;

/** What happens next at a site. Codes have low numbers, so that the same one is shown again and again. */
const scan = fc.record({
  what: fc.constant('scan' as const),
  terminal: fc.nat(7),
  user: fc.nat(USERS - 1),
  counter: fc.integer({ min: 0, max: 60 }),
  amount: fc.integer({ min: 1, max: 200 }),
  isKept: fc.integer({ min: 0, max: 9 }).map((dice) => dice > 0),
});
const passing = fc.record({ what: fc.constant('time' as const), ms: fc.nat(400) });
const fault = fc.oneof(
  fc.record({ what: fc.constant('kill' as const), isFollowed: fc.boolean() }),
  fc.record({ what: fc.constant('start' as const), side: fc.nat(1) }),
  fc.record({ what: fc.constant('split' as const), sides: fc.nat(255) }),
  fc.record({ what: fc.constant('heal' as const) }),
  fc.record({ what: fc.constant('upload' as const), terminal: fc.nat(7) }),
  fc.record({
    what: fc.constant('network' as const),
    latency_ms: fc.constantFrom(1, 20, 90, 400),
    lost: fc.constantFrom(0, 10, 50, 100),
    doubled: fc.constantFrom(0, 30),
    isOrdered: fc.boolean(),
  }),
  fc.record({ what: fc.constant('time' as const), ms: fc.constantFrom(2_000, 12_000, 40_000) }),
);
type Drawn<A> = A extends fc.Arbitrary<infer Value> ? Value : never;
type Step = Drawn<typeof scan | typeof passing | typeof fault>;

function play(site: Site, steps: readonly Step[]): void {
  for (const step of steps) {
    if (step.what === 'scan') {
      const { terminal, user, counter, amount, isKept } = step;
      site.terminals[terminal].scan(user, counter, amount, QUOTA, isKept);
    } else if (step.what === 'time') site.runFor(step.ms);
    else if (step.what === 'kill') {
      const [instance] = site.running.keys();
      if (instance !== undefined) site.kill(instance);
      if (step.isFollowed) site.start();
    } else if (step.what === 'start') {
      if (site.running.size < 3) site.start(step.side);
    } else if (step.what === 'split')
      site.terminals.forEach((terminal, i) => {
        terminal.side = (step.sides >> i) & 1;
      });
    else if (step.what === 'heal') site.heal();
    else if (step.what === 'upload') site.terminals[step.terminal].upload();
    else site.network = step;
  }
}

/** What every terminal has acted on, by user, and the platform does not have. */
function acted(site: Site, user: number): { counter: number; payments: number; amount: number } {
  const bills = site.terminals.flatMap(({ open }) => open).filter(({ serial }) => serial === user);
  return {
    counter: Math.max(-1, ...bills.map(({ counter }) => counter)),
    payments: bills.length,
    amount: bills.reduce((sum, { amount }) => sum + amount, 0),
  };
}

const decidedAt = (site: Site) => site.terminals.flatMap(({ decided }) => decided);

describe('the pool of a site', () => {
  it('knows all that any terminal has acted on, whatever is lost, doubled, split or killed; none waits long', () => {
    let [granted, unanswered] = [0, 0];
    fc.assert(
      fc.property(
        fc.array(fc.oneof({ weight: 6, arbitrary: scan }, { weight: 3, arbitrary: passing }, fault), {
          minLength: 20,
          maxLength: 120,
        }),
        fc.nat(0xffffffff),
        (steps, seed) => {
          const site = new PoolSite(seed, 8);
          site.start();
          play(site, steps);
          for (const { waited_ms } of decidedAt(site)) expect(waited_ms).toBeLessThanOrEqual(ANSWER_MS_MAX);
          site.heal();
          if (site.running.size === 0) site.start();
          site.runFor(60_000);
          for (const { client, isBusy } of site.terminals) {
            expect(isBusy).toBe(false);
            expect(client.gateways.length).toBe(site.running.size);
          }
          for (const { gateway } of site.running.values())
            for (let user = 0; user < USERS; user++) {
              const own = acted(site, user);
              const pooled = gateway.pool.totalsOf(askOf(user, 0, 0, 0));
              expect([pooled.payments, pooled.amount]).toEqual([own.payments, own.amount]);
              expect(pooled.counter).toBeGreaterThanOrEqual(own.counter);
            }
          granted += decidedAt(site).filter(({ verdict }) => verdict === PoolVerdict.granted).length;
          unanswered += decidedAt(site).filter(({ verdict }) => verdict === PoolVerdict.unanswered).length;
        },
      ),
      { numRuns: 120 },
    );
    // Neither of the two is what always happens.
    expect(Math.min(granted, unanswered)).toBeGreaterThan(100);
  });

  it('lets no user beyond the quota, and no code twice, while a gateway is there', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof({ weight: 3, arbitrary: scan }, passing), { minLength: 60, maxLength: 200 }),
        fc.nat(0xffffffff),
        fc.constantFrom(0, 30),
        (steps, seed, doubled) => {
          const site = new PoolSite(seed, 8);
          // Question and answer together take less than a terminal waits.
          site.network = { latency_ms: 45, lost: 0, doubled, isOrdered: true };
          site.start();
          site.runFor(1_000);
          play(site, steps);
          site.runFor(1_000);
          expect(decidedAt(site).filter(({ verdict }) => verdict === PoolVerdict.unanswered)).toEqual([]);
          for (let user = 0; user < USERS; user++) {
            expect(acted(site, user).amount).toBeLessThanOrEqual(QUOTA);
            const bills = site.terminals.flatMap(({ log }) => log).filter(({ serial }) => serial === user);
            expect(new Set(bills.map(({ counter }) => counter)).size).toBe(bills.length);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('goes on by the terminals’ own rules without a gateway, and does not wait for one that has not answered', () => {
    const site = new PoolSite(1, 2);
    const [one] = site.terminals;
    one.scan(1, 1, 100, QUOTA, true);
    expect(one.decided.at(-1)).toMatchObject({ verdict: PoolVerdict.unanswered, waited_ms: 0 });
    const gateway = site.start();
    site.runFor(1_000);
    site.kill([...site.running.keys()][0]);
    const waits = [2, 3, 4, 5].map((counter) => {
      one.scan(1, counter, 100, QUOTA, true);
      site.runFor(200);
      return one.decided.at(-1)?.waited_ms;
    });
    expect(waits).toEqual([ANSWER_MS_MAX, ANSWER_MS_MAX, 0, 0]);
    expect(gateway.pool.bills).toBe(1);
    expect(one.client.unanswered).toBe(5);
  });

  it('merges by the union of bills: in any order, as often as one likes', () => {
    const log = fc.array(
      fc.record({ user: fc.nat(USERS - 1), counter: fc.nat(99), amount: fc.integer({ min: 1, max: 99 }) }),
      { maxLength: 12 },
    );
    const part = fc.record({ receipted: fc.nat(12), upTo: fc.nat(12) });
    fc.assert(
      fc.property(fc.array(fc.tuple(log, part, part), { minLength: 1, maxLength: 4 }), (terminals) => {
        const billsOf = (drawn: (typeof terminals)[number][0]): PooledBill[] =>
          drawn.map(({ user, ...rest }, i) => ({
            ...askOf(user, 0, 0, 0),
            ...rest,
            sequence: i + 1,
            kind: 0,
            time_s: T0,
          }));
        const pool = (...which: (1 | 2)[]): Pool => {
          const made = new Pool(NO_POOL_RULES);
          for (const side of which)
            terminals.forEach((each, i) => {
              const bills = billsOf(each[0]);
              const { receipted, upTo } = each[side];
              const head = {
                receipted: Math.min(receipted, bills.length),
                last: Math.min(Math.max(receipted, upTo), bills.length),
              };
              const other = new Pool(NO_POOL_RULES);
              other.log(`t${i}`, head, bills.slice(head.receipted, head.last), T0);
              made.merge(other, T0);
            });
          return made;
        };
        const seen = (made: Pool) =>
          Array.from({ length: USERS }, (_, user) => made.totalsOf(askOf(user, 0, 0, 0)));
        const both = pool(1);
        both.merge(pool(2), T0);
        expect(seen(both)).toEqual(seen(pool(2, 1)));
        both.merge(pool(1), T0);
        both.merge(both, T0);
        expect(seen(both)).toEqual(seen(pool(1, 2, 1)));
        expect(both.forked).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});

describe('an ask', () => {
  const none = { receipted: 0, last: 0 };
  const bill = (sequence: number, counter: number, amount = 100): PooledBill => ({
    ...askOf(1, counter, amount, QUOTA),
    sequence,
    kind: 0,
    time_s: T0,
  });

  it('reserves its amount until it is booked, released, or an hour is over', () => {
    const pool = new Pool(NO_POOL_RULES);
    expect(pool.ask('a', none, askOf(1, 1, 400, QUOTA), T0)).toBe(PoolVerdict.granted);
    expect(pool.ask('b', none, askOf(1, 2, 101, QUOTA), T0)).toBe(PoolVerdict.quota);
    expect(pool.ask('b', none, askOf(1, 1, 1, QUOTA), T0)).toBe(PoolVerdict.seen);
    pool.released('a', none, T0);
    expect(pool.ask('b', none, askOf(1, 1, 101, QUOTA), T0)).toBe(PoolVerdict.granted);
    expect(pool.ask('a', none, askOf(1, 2, 400, QUOTA), T0 + RESERVATION_S)).toBe(PoolVerdict.quota);
    expect(pool.ask('a', none, askOf(1, 2, 400, QUOTA), T0 + RESERVATION_S + 1)).toBe(PoolVerdict.granted);
    expect(pool.log('a', { receipted: 0, last: 1 }, [bill(1, 2, 400)], T0)).toBe(1);
    expect(pool.totalsOf(askOf(1, 0, 0, 0))).toEqual({ counter: 2, payments: 1, amount: 400 });
  });

  it('is settled by the next one of the terminal, and not while its bill may be missing', () => {
    const pool = new Pool(NO_POOL_RULES);
    expect(pool.ask('a', none, askOf(1, 1, 400, QUOTA), T0)).toBe(PoolVerdict.granted);
    // It has booked one, which the pool does not have: the first grant may be that.
    expect(pool.ask('a', { receipted: 0, last: 1 }, askOf(2, 9, 400, QUOTA), T0)).toBe(PoolVerdict.granted);
    expect(pool.ask('b', none, askOf(1, 3, 101, QUOTA), T0)).toBe(PoolVerdict.quota);
    expect(pool.log('a', { receipted: 0, last: 1 }, [bill(1, 1, 50)], T0)).toBe(1);
    expect(pool.ask('b', none, askOf(1, 3, 450, QUOTA), T0)).toBe(PoolVerdict.granted);
    // Only what the terminal asked last is still open.
    expect(pool.ask('b', none, askOf(2, 10, 101, QUOTA), T0)).toBe(PoolVerdict.quota);
    expect(pool.ask('a', { receipted: 0, last: 1 }, askOf(3, 1, 1, QUOTA), T0)).toBe(PoolVerdict.granted);
    expect(pool.ask('b', none, askOf(2, 10, 500, QUOTA), T0)).toBe(PoolVerdict.granted);
  });

  it('is refused when the user has paid too often or too much at the whole site', () => {
    const pool = new Pool({ ...NO_POOL_RULES, counterpartyCountMax: 2, counterpartyAmountMax: 250 });
    pool.log('a', { receipted: 0, last: 1 }, [bill(1, 1)], T0);
    expect(pool.ask('b', none, askOf(1, 2, 151, QUOTA), T0)).toBe(PoolVerdict.counterparty);
    expect(pool.ask('b', none, askOf(1, 2, 150, QUOTA), T0)).toBe(PoolVerdict.granted);
    expect(pool.ask('c', none, askOf(1, 3, 1, QUOTA), T0)).toBe(PoolVerdict.counterparty);
  });

  it('knows a code still when the platform has its bill, and counts amounts anew', () => {
    const pool = new Pool(NO_POOL_RULES);
    pool.log('a', { receipted: 0, last: 2 }, [bill(1, 1, 300), bill(2, 5, 200)], T0);
    expect(pool.ask('b', none, askOf(1, 6, 1, QUOTA), T0)).toBe(PoolVerdict.quota);
    pool.log('a', { receipted: 2, last: 2 }, [], T0);
    expect(pool.bills).toBe(0);
    expect(pool.ask('b', none, askOf(1, 5, 1, QUOTA), T0)).toBe(PoolVerdict.seen);
    expect(pool.ask('b', none, askOf(1, 6, QUOTA, QUOTA), T0)).toBe(PoolVerdict.granted);
  });

  it('by a face has no code that could be taken twice, and counts by its number', () => {
    const pool = new Pool(NO_POOL_RULES);
    const face = (serial: number, amount: number) => ({
      ...askOf(serial, 0, amount, QUOTA),
      pseudonym: new Uint8Array(8),
    });
    expect(pool.ask('a', none, face(1, 300), T0)).toBe(PoolVerdict.granted);
    expect(pool.ask('b', none, face(1, 200), T0)).toBe(PoolVerdict.granted);
    expect(pool.ask('c', none, face(1, 1), T0)).toBe(PoolVerdict.quota);
    expect(pool.ask('d', none, face(2, QUOTA), T0)).toBe(PoolVerdict.granted);
  });

  it('frees nothing by a refund before the platform knows of it', () => {
    const pool = new Pool(NO_POOL_RULES);
    const refund = { ...bill(2, 1, 100), kind: 3 };
    pool.log('a', { receipted: 0, last: 2 }, [bill(1, 1, 100), refund], T0);
    expect(pool.totalsOf(askOf(1, 0, 0, 0))).toEqual({ counter: 1, payments: 1, amount: 100 });
    pool.log('a', { receipted: 2, last: 2 }, [], T0);
    expect(pool.totalsOf(askOf(1, 0, 0, 0))).toEqual({ counter: 1, payments: 0, amount: 0 });
  });

  it('of a terminal that shows two logs, or goes back in its own, is not answered', () => {
    const pool = new Pool(NO_POOL_RULES);
    pool.log('a', { receipted: 0, last: 2 }, [bill(1, 1), bill(2, 2)], T0);
    pool.log('a', { receipted: 0, last: 2 }, [bill(2, 2)], T0);
    expect(pool.forked).toEqual([]);
    pool.log('a', { receipted: 0, last: 2 }, [bill(2, 9)], T0);
    expect(pool.forked).toEqual(['a']);
    pool.log('b', { receipted: 0, last: 1 }, [bill(1, 3)], T0);
    expect(pool.ask('b', none, askOf(1, 9, 1, QUOTA), T0)).toBe(PoolVerdict.unanswered);
    expect(pool.forked).toEqual(['a', 'b']);
    expect(pool.totalsOf(askOf(1, 0, 0, 0)).amount).toBe(300);
  });
});

describe('the daily limit of one user', () => {
  const none = { receipted: 0, last: 0 };
  const dayMax = 500;
  const paid = (sequence: number, amount: number, time_s: number): PooledBill => ({
    ...askOf(1, sequence, amount, 10 * dayMax),
    ...{ sequence, kind: 0, time_s },
  });

  it('is of all terminals together, with what is reserved, on the day of each bill', () => {
    const pool = new Pool({ ...NO_POOL_RULES, dayMax });
    const next_s = T0 - (T0 % DAY_S) + DAY_S;
    pool.log('a', { receipted: 0, last: 2 }, [paid(1, 300, next_s - 1), paid(2, 100, next_s)], next_s);
    const ask = (terminal: string, counter: number, amount: number, now_s = next_s) =>
      pool.ask(
        terminal,
        terminal === 'a' ? { receipted: 0, last: 2 } : none,
        askOf(1, counter, amount, 10 * dayMax),
        now_s,
      );
    expect(ask('b', 9, 401)).toBe(PoolVerdict.day);
    expect(ask('b', 9, 400)).toBe(PoolVerdict.granted);
    expect(ask('a', 10, 1)).toBe(PoolVerdict.day);
    expect(ask('a', 10, 500, next_s + DAY_S)).toBe(PoolVerdict.granted);
  });

  it('counts no bill that its platform has', () => {
    const pool = new Pool({ ...NO_POOL_RULES, dayMax });
    pool.log('a', { receipted: 0, last: 1 }, [paid(1, dayMax, T0)], T0);
    expect(pool.ask('b', none, askOf(1, 9, 1, 10 * dayMax), T0)).toBe(PoolVerdict.day);
    pool.log('a', { receipted: 1, last: 1 }, [], T0);
    expect(pool.ask('b', none, askOf(1, 9, 1, 10 * dayMax), T0)).toBe(PoolVerdict.granted);
  });
});

describe('the memory of a pool', () => {
  const bill = (sequence: number, user: number): PooledBill => ({
    ...askOf(user, 1, 1, QUOTA),
    sequence,
    kind: 0,
    time_s: T0,
  });

  it('is bounded: what does not fit stays in the log of its terminal, and no bill is forgotten for another', () => {
    const pool = new Pool(NO_POOL_RULES, { terminalsMax: 2, usersMax: 3, billsMax: 4 });
    const head = { receipted: 0, last: 5 };
    expect(
      pool.log(
        'a',
        head,
        [1, 2, 3, 4, 5].map((user, i) => bill(i + 1, user)),
        T0,
      ),
    ).toBe(3);
    expect(pool.ask('b', { receipted: 0, last: 0 }, askOf(9, 1, 1, QUOTA), T0)).toBe(PoolVerdict.unanswered);
    expect(pool.log('c', head, [bill(1, 1)], T0)).toBe(0);
    expect(
      pool.log(
        'b',
        head,
        [1, 1].map((user, i) => bill(i + 1, user)),
        T0,
      ),
    ).toBe(1);
    expect([pool.users, pool.bills]).toEqual([3, 4]);
    // When the platform has them, and their codes are old, there is room.
    pool.log('a', { receipted: 3, last: 5 }, [], T0);
    expect(pool.log('a', { receipted: 3, last: 5 }, [bill(4, 4)], T0)).toBe(3);
    expect(pool.log('a', { receipted: 3, last: 5 }, [bill(4, 4)], T0 + 3_601)).toBe(4);
    expect(pool.totalsOf(askOf(1, 0, 0, 0)).payments).toBe(1);
  });
});
