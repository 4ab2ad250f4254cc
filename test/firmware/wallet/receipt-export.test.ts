import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sameBytes } from '../../../firmware/bytes.js';
import { parseEntry } from '../../../firmware/ledger/journal-entry.js';
import { Outcome } from '../../../firmware/objects/receipt.js';
import { StandaloneReceipt } from '../../../firmware/objects/standalone-receipt.js';
import { ExportRefusal, exportReceipt } from '../../../firmware/wallet/receipt-export.js';
import type { Wallet } from '../../../firmware/wallet/wallet.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import { ascii } from '../../../sim/world/test-bank.js';
import type { Town } from '../../../sim/world/town.js';
import { leavesInFlight, offlineTotal, pays, syncs, townOf } from '../../support/town.js';

const PIN = '2468';
const pin = ascii(PIN);

const walletOf = (town: Town, name: string): Wallet => town.resident(name).device.wallet;

/** What a wallet exports under a number: a receipt that the root's key alone shows to be good, or why not. */
function exported(town: Town, name: string, sequence: number): StandaloneReceipt | ExportRefusal {
  const given = exportReceipt(walletOf(town, name), pin, sequence);
  if (typeof given === 'number') return given;
  const read = StandaloneReceipt.parse(given.bytes.slice());
  expect(read?.fault(crypto, town.bank.rootPublicKey), `${name}, entry ${sequence}`).toBeUndefined();
  return read!;
}

/** Every receipt that a wallet exports, by its bytes, and how many of its entries it is exported under. */
function all(town: Town, name: string): Map<string, number> {
  const receipts = new Map<string, number>();
  const wallet = walletOf(town, name);
  for (let sequence = 1; sequence <= wallet.ledger.sequence; sequence++) {
    const receipt = exported(town, name, sequence);
    if (typeof receipt === 'number') {
      expect(receipt).toBe(ExportRefusal.noPayment);
      continue;
    }
    const hex = Buffer.from(receipt.bytes).toString('hex');
    receipts.set(hex, (receipts.get(hex) ?? 0) + 1);
  }
  return receipts;
}

const kindOf = (wallet: Wallet, sequence: number) =>
  parseEntry(wallet.certificate.id, wallet.entry(sequence)!)?.kind;

type Step = { kind: 'pull' | 'push' | 'void' | 'power'; payer: number; by: number; amount: number };

const NAMES = ['stall', 'watch', 'phone'];
const steps = fc.array(
  fc.record({
    kind: fc.constantFrom('pull', 'push', 'void', 'power'),
    payer: fc.nat(2),
    by: fc.integer({ min: 1, max: 2 }),
    amount: fc.integer({ min: 1, max: 400 }),
  }) as fc.Arbitrary<Step>,
  { minLength: 1, maxLength: 10 },
);

const people = {
  stall: { category: 5812, loaded: 4_000, pin: PIN },
  watch: { loaded: 10_000, pin: PIN, operator: 2 },
  phone: { loaded: 10_000, pin: PIN },
};

/** How many payments were accepted and voided by this step: all money is there after it. */
async function play(town: Town, { kind, payer, by, amount }: Step): Promise<void> {
  const [from, to] = [NAMES[payer], NAMES[(payer + by) % NAMES.length]];
  const before = await offlineTotal(town);
  if (kind === 'pull') await pays(town, from, to, amount);
  if (kind === 'push') {
    const order = town.resident(from).device.terminal.order('push', amount);
    expect(town.touch(from, to, order).result?.outcome).toBe('paid');
  }
  if (kind === 'void') {
    const order = await leavesInFlight(town, from, to, amount);
    const { terminal } = town.resident(to).device;
    expect(terminal.cancel(order)).toBeUndefined();
    const { result } = town.touch(to, from, terminal.order('resume', 0));
    expect(result?.resumed).toHaveLength(1);
  }
  if (kind === 'power') {
    town.resident(from).device.powerOff();
    town.resident(from).device.powerOn();
  }
  expect(await offlineTotal(town)).toBe(before);
}

describe('a receipt that stands alone', () => {
  it('is exported by payer, payee and bank, the same to the byte, for every payment that came to its end', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (lived) => {
        const town = await townOf(people);
        for (const step of lived) await play(town, step);
        const payments = lived.filter(({ kind }) => kind !== 'power');
        const receipts = new Map<string, string[]>();
        for (const name of NAMES)
          for (const [hex, entries] of all(town, name)) {
            const { payer, receipt } = StandaloneReceipt.parse(Buffer.from(hex, 'hex'))!;
            const isPayer = sameBytes(payer.certificate.id, town.resident(name).id);
            expect(entries, 'a payer has two entries of it, a payee one').toBe(isPayer ? 2 : 1);
            const side = isPayer ? 'payer' : 'payee';
            receipts.set(hex, [...(receipts.get(hex) ?? []), `${side} ${receipt.outcome}`]);
          }
        const voids = lived.filter(({ kind }) => kind === 'void').length;
        const sidesOf = (outcome: number) =>
          [...receipts.values()].filter((sides) =>
            ['payer', 'payee'].every((side) => sides.includes(`${side} ${outcome}`)),
          );
        expect(receipts.size).toBe(payments.length);
        expect(sidesOf(Outcome.void)).toHaveLength(voids);
        expect(sidesOf(Outcome.accepted)).toHaveLength(payments.length - voids);
        await expectOfBank(town);
      }),
      { numRuns: 12 },
    );
  });

  async function expectOfBank(town: Town): Promise<void> {
    const entries = NAMES.map((name) => walletOf(town, name).ledger.sequence);
    const before = NAMES.map((name, i) =>
      Array.from({ length: entries[i] }, (_, at) => exported(town, name, at + 1)),
    );
    await syncs(town, ...NAMES);
    for (const [i, name] of NAMES.entries()) {
      const { account, id } = town.resident(name);
      for (const [at, mine] of before[i].entries()) {
        const theirs = town.bank.receipt(account, id, at + 1);
        if (typeof mine === 'number') await expect(theirs).rejects.toMatchObject({ code: 'unknown-payment' });
        else expect(await theirs).toEqual(Uint8Array.from(mine.bytes));
      }
    }
  }

  it('is not there while the transfer is in flight; the bank has it once the payee has synced', async () => {
    const town = await townOf(people);
    const order = await leavesInFlight(town, 'watch', 'stall', 700);
    const { sequence } = walletOf(town, 'watch').ledger;
    expect(kindOf(walletOf(town, 'watch'), sequence)).toBe('out');
    expect(exported(town, 'watch', sequence)).toBe(ExportRefusal.unanswered);
    // The stall takes it, and the watch never hears of that.
    for (let airByte = 300; !order.done; airByte += 10)
      town.touch('stall', 'watch', order, { airByte, what: 'hand away' });
    expect(exported(town, 'watch', sequence)).toBe(ExportRefusal.unanswered);
    const { account, id } = town.resident('watch');
    const asked = () => town.bank.receipt(account, id, sequence);
    await expect(asked()).rejects.toMatchObject({ code: 'unknown-payment' });
    await syncs(town, 'watch');
    await expect(asked()).rejects.toMatchObject({ code: 'unanswered' });
    await syncs(town, 'stall');
    const read = StandaloneReceipt.parse(await asked());
    expect(read?.fault(crypto, town.bank.rootPublicKey)).toBeUndefined();
    expect(read?.transfer.total).toBe(700);
    expect(await offlineTotal(town)).toBe(24_000);
  });

  it('of another account’s device is not the bank’s to give', async () => {
    const town = await townOf(people);
    await pays(town, 'watch', 'stall', 5);
    const { sequence } = walletOf(town, 'watch').ledger;
    await syncs(town, 'watch', 'stall');
    const [watch, stall] = ['watch', 'stall'].map((name) => town.resident(name));
    expect(await town.bank.receipt(watch.account, watch.id, sequence)).toHaveLength(839);
    for (const [account, id] of [
      [stall.account, watch.id],
      [watch.account, stall.id],
      [watch.account, new Uint8Array(8)],
    ] as const)
      await expect(town.bank.receipt(account, id, sequence)).rejects.toMatchObject({
        code: 'unknown-device',
      });
  });
});
