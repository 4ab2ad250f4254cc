import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DeviceClock } from '../../../sim/chip/device-clock.js';
import { VirtualClock } from '../../../sim/chip/virtual-clock.js';

describe('the virtual clock', () => {
  test('runs alarms by time, and those of one instant in the order in which they were set', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(50), fc.boolean()), { maxLength: 60 }), (entries) => {
        const clock = new VirtualClock();
        const ran: [number, number][] = [];
        const alarms = entries.map(([time_us], order) =>
          clock.schedule(time_us, () => ran.push([clock.now_us, order])),
        );
        entries.forEach(([, cancelled], order) => void (cancelled && alarms[order]!.cancel()));
        expect(clock.runUntilIdle()).toBe(true);
        const expected = entries
          .map(([time_us, cancelled], order) => ({ time_us, cancelled, order }))
          .filter((entry) => !entry.cancelled)
          .sort((a, b) => a.time_us - b.time_us || a.order - b.order)
          .map((entry) => [entry.time_us, entry.order]);
        expect(ran).toEqual(expected);
      }),
    );
  });

  test('jumps over time in which nothing happens', () => {
    const clock = new VirtualClock();
    clock.schedule(3600e6, () => {});
    clock.runUntilIdle();
    expect(clock.now_us).toBe(3600e6);
    expect(clock.alarms).toBe(1);
  });

  test('stops as soon as a condition holds, or when its time is over', () => {
    const clock = new VirtualClock();
    let count = 0;
    const tick = (): void => {
      count++;
      clock.schedule(10, tick);
    };
    tick();
    expect(clock.runUntil(() => count === 5, 1e6)).toBe(true);
    expect(clock.now_us).toBe(40);
    expect(clock.runUntil(() => false, 100)).toBe(false);
    expect(clock.now_us).toBe(140);
    expect(clock.runUntilIdle(1_000)).toBe(false);
    expect(clock.now_us).toBe(1_140);
  });

  test('refuses an alarm in the past', () => {
    const clock = new VirtualClock();
    clock.runFor(10);
    expect(() => clock.scheduleAt(9, () => {})).toThrow(RangeError);
  });
});

describe('a device’s clock', () => {
  test('counts from its own power-up, and forgets its alarms when power goes', () => {
    const clock = new VirtualClock();
    clock.runFor(5e6);
    const device = new DeviceClock(clock);
    let rang = 0;
    device.schedule(10, () => rang++);
    clock.runFor(1e6);
    expect(device.ticks_ms()).toBe(1000);
    expect(device.uptime_s()).toBe(1);
    device.schedule(10, () => rang++);
    device.powerOff();
    device.schedule(10, () => rang++);
    clock.runFor(1e6);
    device.powerOn();
    expect(device.ticks_ms()).toBe(0);
    expect(rang).toBe(1);
  });

  test('lets what comes wait while the device computes, in the order in which it came', () => {
    const clock = new VirtualClock();
    const device = new DeviceClock(clock);
    const seen: [string, number][] = [];
    const note = (name: string) => () => void seen.push([name, clock.now_us]);
    device.spend(5_000);
    expect(device.ticks_ms()).toBe(5);
    device.at(1_000, note('alarm'));
    clock.schedule(2_000, () => device.interrupt(note('bytes')));
    device.schedule(0, note('later'));
    clock.runUntilIdle();
    expect(seen).toEqual([
      ['later', 5_000],
      ['alarm', 5_000],
      ['bytes', 5_000],
    ]);
  });
});
