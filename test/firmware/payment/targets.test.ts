import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TARGETS_MAX } from '../../../firmware/limits.js';
import { Note, type NoteFields } from '../../../firmware/objects/note.js';
import { Refusal } from '../../../firmware/protocol/refusal.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import type { Device } from '../../../sim/device/device.js';
import { TestBank } from '../../../sim/world/test-bank.js';
import { World } from '../../../sim/world/world.js';
import { wholeValue } from '../../support/conservation.js';
import { START_S } from './market.js';

/* Money that is only for somebody (R26), in real touches: conditions are on its notes. */

const FIRST = 0x10000;
type Condition = Partial<Pick<NoteFields, 'purpose' | 'place' | 'target' | 'expires_s'>> & {
  /** By name. */
  readonly payee?: 'shop' | 'stall';
};

class Street {
  readonly world = new World(3, START_S, opensslCrypto);
  readonly bank = new TestBank(this.world.crypto, START_S);
  readonly holder = this.world.device('holder');
  readonly shop = this.world.device('shop');
  readonly stall = this.world.device('stall');
  readonly #value: number;

  constructor(notes: readonly (readonly [value: number, condition: Condition])[]) {
    this.bank.enrol(this.holder);
    this.bank.enrol(this.shop, { category: 5411, place: 7 });
    this.bank.enrol(this.stall, { category: 5814, place: 8 });
    const held = notes.map(([value, { payee, ...rest }]) =>
      this.bank.note(this.holder.wallet.certificate.id, value, {
        ...rest,
        ...(payee && { payee: this[payee].wallet.certificate.id }),
      }),
    );
    this.bank.settle(this.holder.wallet, held);
    this.#value = this.#counted;
  }

  get #counted(): number {
    return wholeValue(this.holder.wallet, this.shop.wallet, this.stall.wallet);
  }

  pay(payee: Device, amount: number, kind: 'pull' | 'push' = 'pull'): 'paid' | Refusal {
    const [reader, card] = kind === 'pull' ? [payee, this.holder] : [this.holder, payee];
    const before = payee.wallet.ledger.held;
    const { result } = this.world.touch(reader, card, reader.terminal.order(kind, amount));
    const isPaid = result?.outcome === 'paid';
    expect(payee.wallet.ledger.held - before).toBe(isPaid ? amount : 0);
    expect(this.#counted).toBe(this.#value);
    expect(this.holder.wallet.ledger.inFlightTransfers).toHaveLength(0);
    return isPaid ? 'paid' : result!.refusal!.why;
  }

  left(): [target: number, left: number][] {
    const notes: [number, number][] = [];
    const { wallet } = this.holder;
    wallet.ledger.noteIndex.each((id, left) => {
      notes.push([Note.parse(wallet.noteBytes(id)!)!.target, left]);
    });
    return notes;
  }
}

const condition: fc.Arbitrary<Condition> = fc
  .record({
    purpose: fc.constantFrom(0, 5411, 5814),
    place: fc.constantFrom(0, 7, 8),
    payee: fc.constantFrom(undefined, 'shop' as const, 'stall' as const),
  })
  .map(({ payee, ...rest }) => ({ ...rest, target: FIRST, ...(payee && { payee }) }));

/** What whoever gave the money would say. */
const isMeant = ({ purpose, place, payee }: Condition, name: 'shop' | 'stall'): boolean => {
  const is = name === 'shop' ? { category: 5411, place: 7 } : { category: 5814, place: 8 };
  return [0, is.category].includes(purpose!) && [0, is.place].includes(place!) && (payee ?? name) === name;
};

describe.each(['pull', 'push'] as const)('money for somebody (%s)', (kind) => {
  test('is paid where all that its note says is true, and nowhere else', () => {
    fc.assert(
      fc.property(condition, (only) => {
        const street = new Street([[100, only]]);
        for (const name of ['shop', 'stall'] as const)
          expect(street.pay(street[name], 40, kind)).toBe(isMeant(only, name) ? 'paid' : Refusal.purpose);
      }),
      { numRuns: 25 },
    );
  });

  test('keeps its condition in change, to the last fen', () => {
    const street = new Street([[100, { place: 7, target: FIRST }]]);
    for (const amount of [1, 98]) {
      expect(street.pay(street.shop, amount, kind)).toBe('paid');
      expect(street.pay(street.stall, 1, kind)).toBe(Refusal.purpose);
    }
    expect(street.pay(street.shop, 2, kind)).toBe(Refusal.insufficient);
    expect(street.pay(street.shop, 1, kind)).toBe('paid');
  });
});

test('goes before money for a category, and that before money for anything', () => {
  const street = new Street([
    [50, {}],
    [50, { purpose: 5411 }],
    [50, { place: 7, target: FIRST }],
    [50, { place: 8, target: FIRST + 1 }],
  ]);
  expect(street.pay(street.shop, 50)).toBe('paid');
  expect(new Map(street.left()).has(FIRST)).toBe(false);
  expect(street.pay(street.shop, 50)).toBe('paid');
  expect(street.pay(street.shop, 50)).toBe('paid');
  expect(street.left()).toEqual([[FIRST + 1, 50]]);
  expect(street.pay(street.shop, 50)).toBe(Refusal.purpose);
});

test('of two targets is not paid together, nor with other money', () => {
  const street = new Street([
    [50, { place: 7, target: FIRST }],
    [50, { place: 7, target: FIRST + 1 }],
    [50, {}],
  ]);
  expect(street.pay(street.shop, 51)).toBe(Refusal.fragmented);
  for (let turn = 0; turn < 3; turn++) expect(street.pay(street.shop, 50)).toBe('paid');
});

test('is received value of its category when it has been paid, whatever its target was', () => {
  const street = new Street([[100, { purpose: 5814, place: 8, target: FIRST }]]);
  expect(street.pay(street.stall, 60)).toBe('paid');
  expect(street.stall.wallet.ledger.lots.lots).toMatchObject([{ purpose: 5814, amount: 60 }]);
});

test('runs out like any other, and is told from money that is for others', () => {
  const expires_s = START_S + 100;
  const street = new Street([[100, { place: 7, target: FIRST, expires_s }]]);
  expect(street.pay(street.shop, 10)).toBe('paid');
  street.world.pass(101);
  expect(street.pay(street.shop, 10)).toBe(Refusal.moneyExpired);
});

test('is found among as many targets as a wallet looks at, also after a boot', () => {
  const street = new Street(
    Array.from({ length: TARGETS_MAX }, (_, i) => [10, { place: 8 + i, target: FIRST + i }] as const),
  );
  expect(street.pay(street.shop, 10)).toBe(Refusal.purpose);
  street.holder.powerOff();
  street.holder.powerOn();
  expect(street.holder.wallet.ledger.noteIndex.targets).toHaveLength(TARGETS_MAX);
  expect(street.pay(street.stall, 10)).toBe('paid');
});

test('has no number that is a merchant category', () => {
  const street = new Street([]);
  const { bank, holder } = street;
  for (const target of [1, 0xffff])
    expect(Note.parse(bank.note(holder.wallet.certificate.id, 1, { target }).bytes)).toBeUndefined();
});
