import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConsoleCommand, ConsoleStatus, DiagnosisStep } from '../../../firmware/console/codes.js';
import { buildFrame, FrameReader } from '../../../firmware/console/frame.js';
import { AID, buildCommand, CLA_ISO, Ins } from '../../../firmware/protocol/apdu.js';
import { crc32 } from '../../../hal/crc32.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import { Town } from '../../../sim/world/town.js';
import { provision } from '../../../tools/cli/serial/provision.js';
import { Workbench } from '../../support/console.js';
import { stationOf } from '../../support/station.js';

const PRICE = 500;
const SELECT = buildCommand(Ins.select, AID, { cla: CLA_ISO, p1: 4 });
/** Of the field, so that the diagnosis is under way when `send` has let its two seconds pass. */
const LONG_TENTHS = 30;

let town: Town;
beforeAll(async () => {
  town = await Town.open({ crypto: opensslCrypto, seed: 6, start_s: 1_800_000_000 });
});
afterAll(() => town.close());

/** A board that is a wallet. */
async function wallet(): Promise<Workbench> {
  const bench = new Workbench();
  await provision(
    bench.client,
    stationOf(town.bank),
    { name: 'Mei', amount: 0, currency: 'CNY', category: 0 },
    () => {},
  );
  bench.notified.length = 0;
  return bench;
}

/** A host that does not wait for answers: the status of each command, by its tag, once it is there. */
function hastyHost(bench: Workbench) {
  const statuses: (number | undefined)[] = [];
  const reader = new FrameReader(crc32, ({ tag, payload }) => {
    expect(statuses[tag], 'one answer each').toBeUndefined();
    statuses[tag] = payload[0];
  });
  bench.port.onBytes = (bytes) => reader.feed(bytes, bytes.length);
  const send = (code: number, ...payload: number[]): number => {
    const tag = statuses.push(undefined) - 1;
    bench.send(buildFrame(crc32, { code, tag, payload: Uint8Array.from(payload) }));
    return tag;
  };
  return { statuses, send };
}

const { ok, busy, noMore, failed } = ConsoleStatus;
const { bench: measure, diagnose, provision: provisionWith, selfTest } = ConsoleCommand;

describe('the front end has one owner at a time', () => {
  it('an order given while a diagnosis runs is answered in words, and can be given afterwards', async () => {
    const bench = await wallet();
    const { statuses, send } = hastyHost(bench);
    send(diagnose, DiagnosisStep.field, LONG_TENTHS);
    expect(statuses).toEqual([undefined]);
    bench.board.owner?.onAsk(PRICE);
    expect(bench.notified).toEqual(['busy']);
    bench.pass(5_000);
    expect(statuses).toEqual([ok]);
    bench.board.owner?.onAsk(PRICE);
    bench.pass(1_000);
    expect(bench.notified).toEqual(['busy', 'ready', 'asking']);
  });

  it('a host that asks while an order is under way is told so, and the order goes on', async () => {
    const bench = await wallet();
    const { statuses, send } = hastyHost(bench);
    bench.board.owner?.onAsk(PRICE);
    send(diagnose, DiagnosisStep.field, 1);
    send(diagnose, DiagnosisStep.probe, 0);
    send(measure, 0);
    send(selfTest, 9);
    send(provisionWith, ...SELECT);
    expect(statuses.slice(0, 4)).toEqual([busy, busy, busy, busy]);
    expect(bench.notified).toEqual(['asking']);
    // A second order says what is asked for already.
    bench.board.owner?.onAsk(2 * PRICE);
    expect(bench.notified).toEqual(['asking', 'asking']);
    bench.pass(61_000);
    expect(bench.notified).toEqual(['asking', 'asking', 'ready']);
    send(diagnose, DiagnosisStep.field, 1);
    bench.pass(1_000);
    expect(statuses.at(-1)).toBe(ok);
  });

  it('a device under a long diagnosis takes no order, however often it is given', async () => {
    const bench = await wallet();
    const { statuses, send } = hastyHost(bench);
    send(diagnose, DiagnosisStep.field, 255);
    for (let i = 0; i < 5; i++) {
      bench.pass(4_000);
      bench.board.owner?.onAsk(PRICE);
    }
    expect(bench.notified).toEqual(['busy', 'busy', 'busy', 'busy', 'busy']);
    bench.pass(10_000);
    expect(statuses).toEqual([ok]);
  });

  it('whatever owner and host do, each command is answered, and it is a card in the end', async () => {
    const bench = await wallet();
    const { statuses, send } = hastyHost(bench);
    const step = fc.oneof(
      fc.record({ does: fc.constant('ask' as const), value: fc.integer({ min: 1, max: 900 }) }),
      fc.record({ does: fc.constant('cancel' as const), value: fc.constant(0) }),
      fc.record({ does: fc.constantFrom('measure', 'diagnose', 'test'), value: fc.nat(12) }),
      fc.record({ does: fc.constant('wait' as const), value: fc.integer({ min: 1, max: 3_000 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
        statuses.length = 0;
        for (const { does, value } of steps) {
          if (does === 'ask') bench.board.owner?.onAsk(value);
          else if (does === 'cancel') bench.board.owner?.onCancel();
          else if (does === 'wait') bench.pass(value);
          else if (does === 'measure') send(measure, value);
          else if (does === 'test') send(selfTest, value);
          else send(diagnose, 1 + (value % 3), value % 3 === 2 ? 25 : value % 4);
        }
        bench.pass(70_000);
        for (const answer of statuses) expect([ok, busy, noMore, failed]).toContain(answer);
        expect(bench.notified.every((notice) => notice !== 'no-front-end')).toBe(true);
        send(diagnose, DiagnosisStep.field, 1);
        bench.pass(1_000);
        expect(statuses.at(-1)).toBe(ok);
      }),
      { numRuns: 60 },
    );
  });
});
