import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WallClock } from '../../../firmware/wallet/wall-clock.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import { TestBank } from '../../../sim/world/test-bank.js';
import { World } from '../../../sim/world/world.js';
import { wholeValue } from '../../support/conservation.js';

const START_S = 1_800_000_000;
const DAY_S = 86_400;

/** A wallet that has had power for `days` when its bank says the time. */
function synced(days: number) {
  const world = new World(3, START_S, opensslCrypto);
  const bank = new TestBank(world.crypto, START_S);
  const stall = world.device('stall');
  const watch = world.device('watch');
  bank.enrol(stall, { category: 5812 });
  bank.enrol(watch, { limits: { dayMax: 500 } });
  world.pass(days * DAY_S);
  bank.settle(watch.wallet, bank.notes(watch.wallet, [1_000]));
  const pay = (amount: number) => world.touch(stall, watch, stall.terminal.order('pull', amount)).result;
  return { world, stall, watch, pay, start_s: watch.wallet.own_s };
}

describe('after the hardware has lost its count', () => {
  test('the clock goes on from what was written down, at once', () => {
    const { world, watch, start_s } = synced(10);
    watch.powerOff();
    watch.powerOn();
    const boot_s = watch.wallet.own_s;
    expect(boot_s - start_s).toBeLessThan(2);
    world.pass(3 * DAY_S);
    expect(watch.wallet.own_s - boot_s).toBe(3 * DAY_S);
  });

  test('a limit for one day is one day’s', () => {
    const { world, stall, watch, pay } = synced(10);
    watch.powerOff();
    watch.powerOn();
    expect(pay(400)?.outcome).toBe('paid');
    expect(pay(400)?.outcome).toBe('refused');
    world.pass(DAY_S);
    expect(pay(400)?.outcome).toBe('paid');
    expect(wholeValue(stall.wallet, watch.wallet)).toBe(1_000);
  });

  test('it does not go back when a later boot finds the new count beyond the old one', () => {
    const { watch, start_s } = synced(1);
    let uptime_s = 0;
    watch.host.uptime_s = () => uptime_s;
    const boot = () => {
      watch.powerOff();
      watch.powerOn();
    };
    boot();
    // From here on only the processor is reset: its RTC counts on.
    uptime_s = 5 * DAY_S;
    expect(watch.wallet.own_s).toBe(start_s + 5 * DAY_S);
    boot();
    expect(watch.wallet.own_s).toBe(start_s + 5 * DAY_S);
  });
});

test('whatever the hardware counts, the clock never goes back while it runs, nor runs ahead of the world', () => {
  const lives = fc.array(
    fc.record({ runs_s: fc.nat(40 * DAY_S), rests_s: fc.nat(9 * DAY_S), losesPower: fc.boolean() }),
  );
  fc.assert(
    fc.property(fc.nat(30 * DAY_S), lives, (first_s, stretches) => {
      let world_s = START_S;
      let uptime_s = first_s;
      const part = {
        uptime_s: () => uptime_s,
        ticks_ms: () => 0,
        ticks_us: () => 0,
        schedule: () => ({ cancel() {} }),
      };
      let record = new WallClock(part).record(START_S);
      for (const { runs_s, rests_s, losesPower } of stretches) {
        const clock = new WallClock(part);
        clock.restore(record);
        const boot_s = clock.now_s;
        if (clock.isCountRestarted) {
          clock.set(boot_s);
          record = clock.record(boot_s);
        }
        expect(clock.isCountRestarted).toBe(false);
        world_s += runs_s;
        uptime_s += runs_s;
        expect(clock.now_s).toBe(boot_s + runs_s);
        expect(clock.now_s).toBeLessThanOrEqual(world_s);
        world_s += rests_s;
        uptime_s = losesPower ? 0 : uptime_s + rests_s;
      }
    }),
  );
});
