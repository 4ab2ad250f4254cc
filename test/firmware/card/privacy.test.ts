import { describe, expect, test } from 'vitest';
import { HotList } from '../../../firmware/objects/hot-list.js';
import { Standing } from '../../../firmware/objects/settlement.js';
import { Lifecycle } from '../../../firmware/payment/lifecycle.js';
import { Wallet } from '../../../firmware/wallet/wallet.js';
import { crc32 } from '../../../hal/crc32.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import { hex } from '../../../sim/bank/bytes.js';
import { SimEntropy } from '../../../sim/chip/entropy.js';
import { NorFlash } from '../../../sim/chip/nor-flash.js';
import type { Device } from '../../../sim/device/device.js';
import { ascii, TestBank } from '../../../sim/world/test-bank.js';
import { World } from '../../../sim/world/world.js';

/** A PIN from no terminal: consent to nothing. */
const NOBODY = new Uint8Array(8);

const START_S = 1_800_000_000;
const DAY_S = 86_400;

/** Cards of one bank that have lived differently. */
function cards() {
  const world = new World(12, START_S, opensslCrypto);
  const bank = new TestBank(world.crypto, START_S);
  const make = (name: string, options: Parameters<TestBank['enrol']>[1] = {}): Device => {
    const device = world.device(name);
    bank.enrol(device, options);
    return device;
  };
  const fresh = make('fresh');
  const rich = make('rich', { pin: '2468', category: 5812, limits: { noConfirmMax: 5 } });
  bank.settle(rich.wallet, bank.notes(rich.wallet, [1, 2, 3, 4, 5, 6]), { time_s: START_S + 3 * DAY_S });
  const stall = make('stall');
  bank.settle(stall.wallet, [], { time_s: START_S + 3 * DAY_S });
  const paid = world.touch(stall, rich, stall.terminal.order('pull', 5)).result?.outcome;
  expect(paid).toBe('paid');
  const locked = make('locked', { pin: '2468' });
  for (let i = 0; i < 3; i++) locked.wallet.verifyPin(ascii('1111'), NOBODY);
  const suspended = make('suspended');
  bank.settle(suspended.wallet, [], { standing: Standing.suspended });
  const expired = make('expired', { notAfter_s: START_S + DAY_S });
  bank.settle(expired.wallet, [], { time_s: START_S + 9 * DAY_S });
  const settle = bank.settle.bind(bank);
  bank.settle = () => {};
  const unsynced = make('unsynced');
  bank.settle = settle;
  const wary = make('wary');
  const listed = bank.random(8);
  const fields = { issuer: bank.number, version: 1, part: 0, parts: 1, ids: [listed] };
  wary.wallet.takeObject(HotList.build(bank.crypto, bank.operatorKey, fields).bytes);
  const all = { fresh, rich, locked, suspended, expired, unsynced, wary };
  const lives = Object.values(all).map((device) => device.wallet.lifecycle);
  expect(lives).toEqual([
    Lifecycle.active,
    Lifecycle.active,
    Lifecycle.pinLocked,
    Lifecycle.suspended,
    Lifecycle.expired,
    Lifecycle.personalised,
    Lifecycle.active,
  ]);
  return { world, bank, all, listed, stall };
}

describe('on the air', () => {
  /** What the card sends in one touch, frame by frame. */
  function overhear(world: World, run: () => void): string[] {
    const frames: string[] = [];
    world.field.listener = ({ direction, bytes }) => {
      if (direction === 'card-to-reader') frames.push(hex(bytes));
    };
    run();
    world.field.listener = undefined;
    return frames;
  }

  function pay(world: World, stall: Device, card: Device, kind: 'pull' | 'push'): void {
    expect(world.touch(stall, card, stall.terminal.order(kind, 2)).result?.outcome).toBe('paid');
  }

  test('a whole payment shows nothing that is the card’s own', () => {
    const { world, all, stall } = cards();
    const { rich, fresh } = all;
    const { wallet } = rich;
    const secrets = {
      id: wallet.certificate.id,
      certificate: wallet.certificate.bytes,
      key: wallet.publicKey,
    };
    const frames = [
      ...overhear(world, () => pay(world, stall, rich, 'pull')),
      ...overhear(world, () => pay(world, stall, rich, 'push')),
    ];
    expect(frames.length).toBeGreaterThan(20);
    const heard = frames.join(' ');
    for (const [name, bytes] of Object.entries(secrets)) {
      // Any 4 bytes in a row: longer ones may lie across two frames. What every certificate has is no secret.
      for (let at = 0; at + 4 <= bytes.length; at += 4) {
        const part = hex(bytes.slice(at, at + 4));
        if (hex(fresh.wallet.certificate.bytes).includes(part)) continue;
        expect(heard.includes(part), `${name}, byte ${at}`).toBe(false);
      }
    }
  });

  test('two touches of one card have no more in common than touches of two cards', () => {
    const { world, bank, all, stall } = cards();
    const { rich, wary } = all;
    bank.settle(wary.wallet, bank.notes(wary.wallet, [10, 10]));
    const touch = (card: Device) =>
      new Set(
        overhear(world, () => pay(world, stall, card, 'pull')).flatMap((frame) =>
          Array.from({ length: Math.max(0, frame.length / 2 - 4) }, (_, i) => frame.slice(2 * i, 2 * i + 10)),
        ),
      );
    const [one, two, other] = [touch(rich), touch(rich), touch(wary)];
    const common = [...one].filter((window) => two.has(window));
    expect(one.size).toBeGreaterThan(300);
    for (const window of common) expect(other.has(window), window).toBe(true);
  });
});

describe('an error', () => {
  test('never tells a secret, whatever breaks', () => {
    const { world, bank, all } = cards();
    const { wallet } = all.rich;
    const image = all.rich.nor.exportImage();
    const told: string[] = [];
    const attempt = (run: () => unknown): void => {
      try {
        run();
      } catch (error) {
        const { message, stack } = error as Error;
        told.push(`${message} ${stack} ${JSON.stringify(error)}`);
      }
    };
    const open = (damage: (cells: Uint8Array) => void): void => {
      const flash = new NorFlash({ sectorCount: all.rich.nor.sectorCount });
      const copy = image.slice();
      damage(copy);
      flash.importImage(copy);
      attempt(() =>
        Wallet.open({
          flash,
          clock: all.rich.host,
          entropy: new SimEntropy(1),
          crypto: world.crypto,
          crc32,
          presence: { show: () => {} },
        }),
      );
    };
    attempt(() => wallet.makeKeys(ascii('CNY')));
    attempt(() => wallet.noteBytes(bank.random(8)));
    attempt(() => wallet.entry(12));
    attempt(() => wallet.entry(bank.random(1)[0]));
    attempt(() => world.device('blank').wallet.certificate);
    for (let at = 0; at < 4_096; at += 64) open((cells) => void (cells[at] ^= 0x10));
    open((cells) => void cells.copyWithin(8_192, 0, 4_096));
    expect(told.length).toBeGreaterThan(10);
    const secrets = [
      wallet.signingKey.slice(0, 32),
      wallet.agreement.secret,
      ascii('2468'),
      wallet.certificate.id,
    ];
    for (const text of told) {
      for (const secret of secrets) {
        expect(text).not.toContain(hex(secret));
        expect(text).not.toContain([...secret].join());
        expect(text).not.toContain(Buffer.from(secret).toString('base64'));
      }
    }
  });
});
