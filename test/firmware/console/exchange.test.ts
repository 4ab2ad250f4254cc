import { describe, expect, it } from 'vitest';
import {
  BenchUnit,
  ConsoleCommand,
  ConsoleStatus,
  EXCHANGE_KBPS,
  ExchangeRole,
} from '../../../firmware/console/codes.js';
import { ANSWER_BYTES, askExchanges } from '../../../firmware/selftest/air-bench.js';
import { NfcError } from '../../../hal/nfc.js';
import { BIT_RATES_KBPS } from '../../../hal/pn532/commands.js';
import { DeviceClock } from '../../../sim/chip/device-clock.js';
import { RawCard, RawReader } from '../../../sim/chip/raw-peers.js';
import { RfField } from '../../../sim/chip/rf-field.js';
import { VirtualClock } from '../../../sim/chip/virtual-clock.js';
import { benchAir } from '../../../tools/cli/serial/air-bench.js';
import { statusOf, Workbench } from '../../support/console.js';

const { answers, asks } = ExchangeRole;

function couple() {
  const clock = new VirtualClock();
  const place = { clock, field: new RfField(clock) };
  const [one, other] = [new Workbench('none', undefined, place), new Workbench('none', undefined, place)];
  return { ...place, one, other };
}

const exchange = (bench: Workbench, ...payload: number[]): Promise<Uint8Array> =>
  bench.client.ask(ConsoleCommand.exchange, Uint8Array.from(payload));

/** The longest that either side waits, and what it then says. */
function endOf(bench: Workbench, ...payload: number[]): Promise<number> {
  const ended = statusOf(exchange(bench, ...payload));
  bench.pass(13_000);
  return ended;
}

describe('two devices that measure their front ends', () => {
  it('have the driver’s rates', () => {
    expect(EXCHANGE_KBPS).toEqual(BIT_RATES_KBPS);
  });

  it('tell a TgSetData and an exchange of each length, at 106 and at 424 kbit/s', async () => {
    const { one, other } = couple();
    const said: string[] = [];
    const rows = await benchAir(one.client, other.client, (what) => said.push(what));
    expect(said).toEqual(['106 kbit/s', '424 kbit/s']);
    expect(rows.map(({ bytes }) => bytes)).toEqual([...ANSWER_BYTES, ...ANSWER_BYTES]);
    for (const { kbps, asked_kbps } of rows) expect(kbps).toBe(asked_kbps);
    for (const [i, row] of rows.entries()) {
      const { bytes, kbps, answer_ms, exchange_ms } = row;
      // Its blocks alone take so long on the air, at 9 bits a byte; the exchange has the command as well.
      expect(answer_ms).toBeGreaterThan((bytes * 9) / kbps!);
      expect(exchange_ms).toBeGreaterThan(answer_ms - 2);
      expect(exchange_ms).toBeLessThan(50);
      if (i % ANSWER_BYTES.length > 0) expect(answer_ms).toBeGreaterThan(rows[i - 1]!.answer_ms);
      if (kbps === 424) expect(exchange_ms).toBeLessThan(rows[i - ANSWER_BYTES.length]!.exchange_ms);
    }
    // Both are cards again, and at their own rate.
    for (const { board } of [one, other]) {
      expect(board.wiring.module.chip.warnings).toEqual([]);
      const reader = new RawReader(board.field, 'phone');
      reader.enter();
      reader.setCarrier(true);
      let uid: Uint8Array | undefined;
      one.clock.runFor(10_000);
      reader.activate((target) => (uid = target?.uid));
      one.clock.runFor(50_000);
      expect(uid?.[0]).toBe(0x08);
      reader.setCarrier(false);
      reader.leave();
      board.wiring.module.chip.leaveField();
    }
  });

  it('end when nobody is there, or somebody else is', async () => {
    const { one, other, field } = couple();
    expect(await endOf(one, asks, 2)).toBe(ConsoleStatus.failed);
    const bank = new RawCard(field, 'bank card', undefined, (block) =>
      bank.sendBlock(Uint8Array.of(block[0]!, 0x6e, 0x00)),
    );
    bank.enter();
    other.board.wiring.module.chip.leaveField();
    expect(await endOf(one, asks, 2)).toBe(ConsoleStatus.failed);
    bank.leave();
    expect(await endOf(one, answers, 0)).toBe(ConsoleStatus.failed);
    expect((await one.client.identify()).lifecycle).toBe(0);
  });

  it('refuse what is no role and no rate, and answer other readers that they know no such class', async () => {
    const { one, other, field } = couple();
    for (const payload of [[], [0], [0, 1], [1, 3], [2, 0], [1, 0, 0]])
      expect(await statusOf(exchange(one, ...payload)), `${payload}`).toBe(ConsoleStatus.malformed);
    other.board.wiring.module.chip.leaveField();
    const measured = exchange(one, answers, 0);
    const reader = new RawReader(field, 'phone');
    reader.enter();
    reader.setCarrier(true);
    one.clock.runFor(10_000);
    const heard: string[] = [];
    const ask = (block: string, next: () => void): void =>
      reader.sendBlock(Buffer.from(block, 'hex'), (answer) => {
        heard.push(Buffer.from(answer ?? []).toString('hex'));
        next();
      });
    const commands = ['0200a4040000', '03ff00ffff', '0200000010', '03ff000010'];
    const next = (): void => {
      const command = commands.shift();
      if (command) ask(command, next);
    };
    reader.activate(() => one.clock.schedule(2_000, next));
    one.clock.runFor(500_000);
    expect(heard).toEqual(['026e00', '036e00', '026e00', `03${'00'.repeat(16)}`]);
    reader.setCarrier(false);
    one.pass(12_000);
    expect(await statusOf(measured)).toBe(ConsoleStatus.failed);
  });

  it('leave a reader at the rate that it had, whatever happens', () => {
    const clock = new VirtualClock();
    const parts = { clock: new DeviceClock(clock), meter: { unit: BenchUnit.microseconds, now: () => 0 } };
    for (const fails of [true, false]) {
      const reader = {
        bitRateMax_kbps: 212,
        connect: (_: number, done: (error: NfcError | undefined) => void) => {
          expect(reader.bitRateMax_kbps).toBe(424);
          done(fails ? new NfcError('timeout', 'nobody') : undefined);
        },
        transceive: (command: Uint8Array, done: (error: undefined, response: Uint8Array) => void) =>
          done(undefined, new Uint8Array(command[3]!)),
        release: (done: (error: undefined) => void) => done(undefined),
      };
      const ends: (number | undefined)[] = [];
      askExchanges(parts, reader, 424, (least_us) => ends.push(least_us?.length));
      expect(ends).toEqual([fails ? undefined : ANSWER_BYTES.length]);
      expect(reader.bitRateMax_kbps).toBe(212);
    }
  });
});
