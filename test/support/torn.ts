import { expect } from 'vitest';
import { sameBytes } from '../../firmware/bytes.js';
import { invoiceEpoch } from '../../firmware/ledger/journal-entry.js';
import type { Order } from '../../firmware/terminal/order.js';
import { opensslCrypto } from '../../hal/crypto/openssl.js';
import { SimEntropy } from '../../sim/chip/entropy.js';
import { type ResidentOptions, Town } from '../../sim/world/town.js';
import type { Tear, TouchCost } from '../../sim/world/world.js';
import { fileEngine } from './file-engine.js';

export type Kind = 'pull' | 'push';
export const TEARS: readonly Tear['what'][] = ['reader power', 'card power', 'hand away'];

const START_S = 1_800_000_000;
const AMOUNT = 130;
const DAY_S = 86_400;

let towns = 0;

/** What the devices' readers carry; everything, unless it is said. */
export type Reader = Pick<ResidentOptions, 'apduBytesMax'>;

/** A stall, a watch that can pay it, and a third party: enough money on all sides, everyone synced. */
async function tornTown(seed: number, reader: Reader = {}): Promise<Town> {
  const engine = await fileEngine();
  const town = await Town.open({
    crypto: opensslCrypto,
    seed,
    start_s: START_S,
    database: engine,
    schema: `torn_${process.pid}_${++towns}`,
  });
  const limits = { noConfirmMax: 1_000_000, noConfirmTotalMax: 0x7fffffff, offlineCountMax: 5_000 };
  for (const name of ['stall', 'watch', 'other']) {
    await town.enrol(name, { deposit: 100_000, category: name === 'stall' ? 5812 : 0, limits, ...reader });
    await town.load(name, 90_000);
    await town.sync(name);
  }
  return town;
}

/** Checks after every step that the devices and what is between them still add up. */
export class Watch {
  private constructor(
    private readonly town: Town,
    private total: number,
  ) {}

  static async of(town: Town): Promise<Watch> {
    const { held, inFlight } = await town.offline();
    return new Watch(town, held + inFlight);
  }

  async check(where: string): Promise<void> {
    const { held, inFlight } = await this.town.offline();
    expect(held + inFlight, where).toBe(this.total);
  }

  /** Everyone syncs, the payer of whatever is open last; the books must agree with every device. */
  async settle(where: string): Promise<void> {
    const { town } = this;
    await this.check(`${where}, before the sync`);
    for (const name of ['stall', 'watch', 'other', 'stall', 'watch']) {
      expect((await town.sync(name)).outcome, `${where}: ${name} syncs`).toBe('done');
      expect(await town.agrees(name), `${where}: the bank agrees with ${name}`).toBe(true);
    }
    const audit = await town.audit();
    expect(audit.faults, where).toEqual([]);
    expect((await town.bank.proofs()).length, `${where}: nobody is accused`).toBe(0);
    const { bank } = audit;
    expect(bank.deposited, where).toBe(bank.available + audit.held + bank.inFlight);
    this.total = audit.held + audit.inFlight;
  }
}

/**
 * The whole touch without a tear: how many bytes it puts on the air, and how many flash programs each side
 * makes.
 */
export async function measure(kind: Kind, reader: Reader = {}): Promise<TouchCost> {
  const town = await tornTown(1, reader);
  const stall = town.resident('stall').device;
  const { result, cost } = town.touch('stall', 'watch', stall.terminal.order(kind, AMOUNT));
  expect(result?.outcome).toBe('paid');
  return cost;
}

/** Touches in one town: its flash holds them, and its journal stays short enough to boot fast. */
const BATCH = 60;
const SYNC_EVERY = 12;

/** The ways in which life goes on after a torn touch: see `tornOnce`. */
const WAYS = 5;

/**
 * One of WAYS runs, of which each takes other ways at the same bytes: `TAPNOTE_ROUND=3 npx vitest run
 * test/sim/torn`.
 */
const ROUND = Number(process.env.TAPNOTE_ROUND ?? 0);

/**
 * A touch of `kind` torn by `what` at every byte on the air, or every `step`th, each followed by one of the
 * ways in which life goes on. The three causes of one round take three of the five ways at a byte; the five
 * rounds take each way at each byte after each cause.
 */
export async function tearEveryByte(
  kind: Kind,
  what: Tear['what'],
  { step = 1, ...reader }: Reader & { step?: number } = {},
): Promise<void> {
  const { airBytes } = await measure(kind, reader);
  expect(airBytes).toBeGreaterThan(600);
  for (let first = 1; first <= airBytes; first += BATCH * step) {
    const town = await tornTown(first, reader);
    const turn = ROUND + TEARS.indexOf(what);
    const watch = await Watch.of(town);
    const last = Math.min(airBytes, first + BATCH * step - 1);
    for (let airByte = first; airByte <= last; airByte += step) {
      const where = `${kind}, ${what} at byte ${airByte} of ${airBytes}, round ${ROUND}`;
      await tornOnce(town, watch, kind, where, airByte + turn, (order) => {
        town.touch('stall', 'watch', order, { airByte, what });
      });
      if (airByte % SYNC_EVERY === 0) await watch.settle(where);
    }
    await endOfDays(town);
  }
}

/**
 * Power fails in every flash operation of one side, and leaves random bits: each operation `rounds` times.
 */
export async function tearEveryProgram(kind: Kind, side: 'stall' | 'watch', rounds: number): Promise<void> {
  const { flashPrograms } = await measure(kind);
  const programs = flashPrograms[side === 'stall' ? 0 : 1];
  expect(programs).toBeGreaterThan(2);
  let way = 0;
  for (let round = 0; round < rounds; round++) {
    const town = await tornTown(round);
    const watch = await Watch.of(town);
    // A sector that fills up makes one program more; and the touch after a tear has its own.
    for (let operation = 1; operation <= programs + 1; operation++) {
      for (let bitSeed = 0; bitSeed < 4; bitSeed++, way++) {
        const where = `${kind}, ${side} loses power in program ${operation}, bits ${round}.${bitSeed}`;
        await tornOnce(town, watch, kind, where, way, (order) => {
          town.resident(side).device.nor.cutAtOperation(operation, bits(round * 4 + bitSeed));
          town.touch('stall', 'watch', order);
          town.resident(side).device.nor.cutAtOperation(0, bits(0));
        });
      }
      await watch.settle(`${kind}, ${side}, after program ${operation} in round ${round}`);
    }
    await endOfDays(town);
  }
}

/**
 * A touch torn at one place, then one of the ways in which life goes on. Whatever that is, the order moves
 * its amount once or never, and once for certain when it is repeated to the end.
 */
async function tornOnce(
  town: Town,
  watch: Watch,
  kind: Kind,
  where: string,
  way: number,
  tear: (order: Order) => void,
): Promise<void> {
  const { device } = town.resident('stall');
  // What earlier rounds left open would be paid in this one.
  if (resumable(town, 'watch', 'stall') + resumable(town, 'stall', 'watch') > 0) {
    town.touch('stall', 'watch', device.terminal.order('resume', 0));
  }
  const before = device.wallet.ledger.held;
  const order = device.terminal.order(kind, AMOUNT);
  tear(order);
  await watch.check(`${where}: torn`);
  if (way % WAYS === 0) {
    await repeat(town, order, where);
    const moved = device.wallet.ledger.held - before;
    expect(moved, `${where}: the order is carried out once`).toBe(kind === 'pull' ? AMOUNT : -AMOUNT);
  } else if (way % WAYS === 1) {
    town.touch('other', 'watch', town.resident('other').device.terminal.order('pull', 17));
    town.touch('stall', 'other', device.terminal.order('pull', 19));
    await watch.check(`${where}: others have paid in between`);
    await repeat(town, order, where);
  } else if (way % WAYS === 2) {
    const swapped = town.resident('watch').device.terminal;
    const { result } = town.touch('watch', 'stall', swapped.order('resume', 0));
    expect(result?.outcome, `${where}: roles swapped`).toBe('resumed');
    await watch.check(`${where}: roles swapped`);
    expect(resumable(town, 'watch', 'stall'), `${where}: all resumed`).toBe(0);
    expect(resumable(town, 'stall', 'watch'), `${where}: all resumed`).toBe(0);
  } else if (way % WAYS === 3) {
    town.touch('stall', 'watch', device.terminal.order('push', 23));
    await watch.check(`${where}: another order`);
  }
  await watch.check(`${where}: at the end`);
}

/** Transfers in flight that their payee can still answer: it has not synced since it asked for them. */
function resumable(town: Town, payer: string, payee: string): number {
  const { epoch } = town.resident(payee).device.wallet.ledger;
  return town
    .resident(payer)
    .device.wallet.ledger.inFlightTransfers.filter(
      ({ transfer }) =>
        sameBytes(transfer.payee, town.resident(payee).id) && invoiceEpoch(transfer.invoice) === epoch,
    ).length;
}

async function repeat(town: Town, order: Order, where: string): Promise<void> {
  let { result } = town.touch('stall', 'watch', order);
  expect(result?.outcome, `${where}: repeated`).toBe('paid');
  // Once more: it must notice that there is nothing left to do.
  ({ result } = town.touch('stall', 'watch', order));
  expect(result?.outcome, `${where}: repeated twice`).toBe('paid');
}

/**
 * After everything, and after the time in which anyone could still claim: all value is somewhere, and nothing
 * is in flight.
 */
async function endOfDays(town: Town): Promise<void> {
  town.world.pass(5 * DAY_S);
  for (const name of ['stall', 'watch', 'other']) expect((await town.sync(name)).outcome).toBe('done');
  const audit = await town.audit();
  expect(audit.faults).toEqual([]);
  expect(audit.inFlight).toBe(0);
  expect(audit.bank.inFlight).toBe(0);
  expect(audit.bank.deposited).toBe(audit.bank.available + audit.held);
  expect(await town.bank.proofs()).toEqual([]);
}

/** Random bits for what a cut leaves in flash. */
const bits = (seed: number): (() => number) => {
  const entropy = new SimEntropy(seed, 'cut');
  return () => entropy.uint32();
};
