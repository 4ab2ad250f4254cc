import { beforeAll, describe, expect, it } from 'vitest';
import { opensslCrypto } from '../../hal/crypto/openssl.js';
import type { Crypto } from '../../hal/crypto.js';
import type { Device } from '../../sim/device/device.js';
import { TestBank } from '../../sim/world/test-bank.js';
import { World } from '../../sim/world/world.js';

const START_S = 1_800_000_000;

/**
 * What must not grow (R14): bytes on the air, APDU bytes, and signature operations on both sides together.
 */
interface Row {
  readonly what: string;
  readonly apduBytes: number;
  readonly airBytes: number;
  readonly signed: number;
  readonly verified: number;
  readonly agreements: number;
}

const counts = { signed: 0, verified: 0, agreements: 0 };
const counting: Crypto = {
  ...opensslCrypto,
  ed25519Sign: (key, message) => {
    counts.signed++;
    return opensslCrypto.ed25519Sign(key, message);
  },
  ed25519Verify: (key, message, signature) => {
    counts.verified++;
    return opensslCrypto.ed25519Verify(key, message, signature);
  },
  x25519: (secret, key) => {
    counts.agreements++;
    return opensslCrypto.x25519(secret, key);
  },
};

class Lab {
  readonly world = new World(1, START_S, counting);
  readonly bank = new TestBank(counting, START_S);
  readonly rows: Row[] = [];
  #names = 0;

  device(values: readonly number[] = []): Device {
    const device = this.world.device(`device ${++this.#names}`, { flashSectors: 512 });
    this.bank.enrol(device);
    if (values.length > 0)
      this.bank.settle(device.wallet, this.bank.notes(device.wallet, values, { hopsMax: 12 }));
    return device;
  }

  pay(payer: Device, payee: Device, amount: number): void {
    const { result } = this.world.touch(payee, payer, payee.terminal.order('pull', amount));
    expect(result?.outcome).toBe('paid');
  }

  /** One payment between two devices that know each other, counted. */
  measure(what: string, payer: Device, payee: Device, amount: number): void {
    const before = { ...counts };
    const { result, cost } = this.world.touch(payee, payer, payee.terminal.order('pull', amount));
    expect(result?.outcome, what).toBe('paid');
    const { apduBytes, airBytes } = cost;
    this.rows.push({
      what,
      apduBytes,
      airBytes,
      signed: counts.signed - before.signed,
      verified: counts.verified - before.verified,
      agreements: counts.agreements - before.agreements,
    });
  }

  /** Every row but its name. */
  get costs(): Omit<Row, 'what'>[] {
    return this.rows.map(({ what: _, ...cost }) => cost);
  }
}

describe('a payment costs the same', () => {
  const tables: Row[] = [];
  let lab: Lab;
  beforeAll(() => {
    lab = new Lab();
  });

  const expectFlat = () => {
    tables.push(...lab.rows);
    for (const cost of lab.costs) expect(cost).toEqual(lab.costs[0]);
    lab = new Lab();
  };

  it('after any number of hops', () => {
    const devices = Array.from({ length: 10 }, (_, i) => lab.device(i === 0 ? [10_000] : []));
    for (const device of devices)
      lab.bank.settle(device.wallet, lab.bank.notes(device.wallet, [10], { hopsMax: 12 }));
    for (let hop = 1; hop < 9; hop++) {
      // Everyone is a stranger to everyone: a payment has introduced each pair, with the little note.
      lab.pay(devices[hop], devices[hop + 1], 1);
    }
    lab.pay(devices[0], devices[1], 9_000);
    for (let hop = 1; hop < 9; hop++) lab.measure(`hop ${hop}`, devices[hop], devices[hop + 1], 9_000);
    expectFlat();
  });

  it('with any number of notes held', () => {
    for (const notes of [1, 10, 100, 1_000]) {
      const [payer, payee] = [lab.device(Array.from({ length: notes }, () => 500)), lab.device()];
      lab.measure(`${notes} notes held`, payer, payee, 5);
    }
    expectFlat();
  });

  it('after any number of earlier payments', () => {
    const [payer, payee] = [lab.device([100_000]), lab.device()];
    lab.pay(payer, payee, 5);
    for (let paid = 1; paid <= 300; paid++) {
      if ([1, 10, 100, 300].includes(paid)) lab.measure(`${paid} payments before`, payer, payee, 5);
      else lab.pay(payer, payee, 5);
    }
    expectFlat();
  });

  it('from the sum of any number of small payments', () => {
    for (const small of [1, 10, 100, 300]) {
      const [people, stall, supplier] = [lab.device([10_000]), lab.device(), lab.device()];
      for (let i = 0; i < small; i++) lab.pay(people, stall, 7);
      lab.measure(`the sum of ${small} payments`, stall, supplier, 7 * small);
    }
    expectFlat();
  });

  it('as this table says', () => {
    const line = (row: Row) =>
      `${row.what.padEnd(28)}${String(row.apduBytes).padStart(6)}${String(row.airBytes).padStart(6)}` +
      `${String(row.signed).padStart(6)}${String(row.verified).padStart(9)}${String(row.agreements).padStart(8)}`;
    console.log(
      ['what                          APDU   air signed verified X25519', ...tables.map(line)].join('\n'),
    );
    for (const { apduBytes } of tables) expect(apduBytes).toBeLessThanOrEqual(1_100);
  });
});
