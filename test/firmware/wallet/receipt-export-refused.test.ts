import { describe, expect, it } from 'vitest';
import { CERTIFICATE_CACHE_MAX } from '../../../firmware/limits.js';
import { Operator } from '../../../firmware/objects/operator.js';
import type { Limits } from '../../../firmware/objects/profile.js';
import { Outcome } from '../../../firmware/objects/receipt.js';
import type { StandaloneReceipt } from '../../../firmware/objects/standalone-receipt.js';
import { Message } from '../../../firmware/protocol/message.js';
import { ExportRefusal, exportReceipt } from '../../../firmware/wallet/receipt-export.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import type { Device, DeviceOptions } from '../../../sim/device/device.js';
import { ascii, TestBank } from '../../../sim/world/test-bank.js';
import { World } from '../../../sim/world/world.js';
import { wholeValue } from '../../support/conservation.js';
import { rogue } from '../../support/hostile-terminal.js';
import { card, HELD } from '../card/hostile-terminal-setup.js';

const START_S = 1_800_000_000;
const LOADED = 10_000;
const PIN = '2468';

/** A watch with money and a PIN, and stalls that it pays. */
function market(
  stalls: number,
  { noConfirmMax, ...options }: Partial<DeviceOptions & Pick<Limits, 'noConfirmMax'>> = {},
) {
  const world = new World(1, START_S, crypto);
  const bank = new TestBank(crypto, START_S);
  const watch = world.device('watch', options);
  bank.enrol(watch, { pin: PIN, ...(noConfirmMax === undefined ? {} : { limits: { noConfirmMax } }) });
  bank.settle(watch.wallet, bank.notes(watch.wallet, [LOADED]));
  const made = Array.from({ length: stalls }, (_, i) => {
    const stall = world.device(`stall ${i}`);
    bank.enrol(stall, { category: 5812, pin: PIN });
    return stall;
  });
  const pull = (stall: Device, order = stall.terminal.order('pull', 1)) => {
    const { result } = world.touch(stall, watch, order);
    expect(wholeValue(watch.wallet, ...made.map(({ wallet }) => wallet))).toBe(LOADED);
    return result;
  };
  const pay = (stall: Device): number => {
    expect(pull(stall)?.outcome).toBe('paid');
    return watch.wallet.ledger.sequence;
  };
  return { world, bank, watch, stalls: made, pull, pay };
}

const exported = ({ wallet }: Device, sequence: number, pin = PIN) => {
  const given = exportReceipt(wallet, ascii(pin), sequence);
  return typeof given === 'number' ? given : 'receipt';
};

describe('the owner’s PIN', () => {
  it('is wanted first, is counted, and three wrong ones lock it', () => {
    const { watch, stalls, pay } = market(1);
    const sequence = pay(stalls[0]);
    for (const number of [sequence, 0, 1, 99]) {
      expect(exported(watch, number, '1111')).toBe(ExportRefusal.pin);
      expect(watch.wallet.pin.triesLeft).toBe(2);
      expect(exported(watch, number)).not.toBe(ExportRefusal.pin);
      expect(watch.wallet.pin.triesLeft).toBe(3);
    }
    const [first, second, third] = ['', '1', '1'.repeat(12)].map((pin) => exported(watch, sequence, pin));
    expect([first, second, third]).toEqual([ExportRefusal.pin, ExportRefusal.pin, ExportRefusal.pinLocked]);
    watch.powerOff();
    watch.powerOn();
    expect(exported(watch, sequence)).toBe(ExportRefusal.pinLocked);
  });

  it('is no consent to the payment that the device asks about', () => {
    const { watch, stalls, pull, pay } = market(1, { noConfirmMax: 50 });
    const [stall] = stalls;
    const sequence = pay(stall);
    const order = stall.terminal.order('pull', 90);
    expect(pull(stall, order)?.refusal?.by).toBe('card');
    expect(watch.prompt).toBeDefined();
    expect(exported(watch, sequence)).toBe('receipt');
    expect(pull(stall, order)?.refusal?.by).toBe('card');
    // Typed for the payment itself, it is.
    expect(watch.wallet.verifyPin(ascii(PIN))).toBe('right');
    expect(pull(stall, order)?.outcome).toBe('paid');
  });

  it('is missing on a device that has none: nobody can show that it is theirs', () => {
    const world = new World(1, START_S, crypto);
    const device = world.device('plain');
    new TestBank(crypto, START_S).enrol(device);
    expect(exported(device, 1, '')).toBe(ExportRefusal.pinUnset);
    expect(exported(world.device('blank'), 1, PIN)).toBe(ExportRefusal.pinUnset);
  });

  it('of a device without a certificate opens a journal without entries', () => {
    const blank = new World(1, START_S, crypto).device('blank');
    blank.wallet.setPin(ascii(PIN), ascii('12345678'));
    expect(exported(blank, 1)).toBe(ExportRefusal.noEntry);
  });
});

describe('what a wallet cannot prove, it says so with a code', () => {
  it('no such entry; an entry that is no payment', () => {
    const { watch, stalls, pay } = market(1);
    const sequence = pay(stalls[0]);
    for (const number of [0, sequence + 1, 0xffffffff])
      expect(exported(watch, number)).toBe(ExportRefusal.noEntry);
    expect(exported(watch, 1)).toBe(ExportRefusal.noPayment);
  });

  it('a certificate that made room for newer ones, on the payer’s side; the payee still has its own', () => {
    const { watch, stalls, pay } = market(CERTIFICATE_CACHE_MAX + 1);
    const entries = stalls.map(pay);
    expect(exported(watch, entries[0])).toBe(ExportRefusal.certificateGone);
    for (const entry of entries.slice(1)) expect(exported(watch, entry)).toBe('receipt');
    watch.powerOff();
    watch.powerOn();
    expect(exported(watch, entries[0])).toBe(ExportRefusal.certificateGone);
    for (const entry of entries.slice(1)) expect(exported(watch, entry)).toBe('receipt');
    expect(exported(stalls[0], stalls[0].wallet.ledger.sequence)).toBe('receipt');
  });

  it('a certificate that came when the flash had only the room left that a sync needs', () => {
    const { bank, watch, stalls, pull } = market(1, { flashSectors: 20 });
    const meetsAnother = () => {
      const { certificate } = rogue(bank);
      const cache = watch.wallet.trust.certificateCache;
      cache.add(crypto.sha256(certificate.bytes), certificate);
      // As an entry for which payments leave room: an answer, a void.
      cache.allowSave();
      watch.wallet.tidy();
      watch.powerOff();
      watch.powerOn();
      return watch.wallet.trust.certificateCache.certificatesOf(certificate.id).length;
    };
    expect(meetsAnother()).toBe(1);
    while (pull(stalls[0])?.outcome === 'paid');
    expect(watch.wallet.fits(0)).toBe(false);
    expect(meetsAnother()).toBe(0);
    expect(exported(watch, watch.wallet.ledger.sequence)).toBe(ExportRefusal.pinUncounted);
    bank.settle(watch.wallet, bank.notes(watch.wallet, [1]));
    expect(watch.wallet.ledger.held).toBe(LOADED - stalls[0].wallet.ledger.held + 1);
    expect(meetsAnother()).toBe(1);
  });

  it('which word is the last one on which transfer, where a payee has one invoice paid twice', () => {
    const { bank, device, terminal } = card();
    const invoice = terminal.invoice({ amount: 100 });
    const words = [Outcome.void, Outcome.accepted].map((outcome) => {
      const receipt = terminal.receipt(terminal.takeMoney(invoice), { outcome });
      expect(terminal.say(Message.receipt, receipt.compact)).toEqual(Uint8Array.of(0));
      return receipt;
    });
    expect(device.wallet.ledger.held).toBe(HELD - 100);
    const last = device.wallet.ledger.sequence;
    const answers = [last - 3, last - 2, last - 1, last].map((sequence) => {
      const given = exportReceipt(device.wallet, ascii(PIN), sequence) as StandaloneReceipt;
      expect(given.fault(crypto, bank.rootKey.slice(32))).toBeUndefined();
      return given.receipt.bytes;
    });
    const [voided, accepted] = words.map(({ bytes }) => bytes);
    expect(answers).toEqual([voided, voided, accepted, accepted]);
  });

  it('an operator whose key is another now', () => {
    const { bank, watch, stalls, pay } = market(1);
    const sequence = pay(stalls[0]);
    const { number, notBefore_s, notAfter_s } = bank.operator;
    const key = bank.random(32);
    const other = Operator.build(crypto, bank.rootKey, { number, key, notBefore_s, notAfter_s });
    expect(watch.wallet.takeObject(other.bytes)).toBe(true);
    expect(exported(watch, sequence)).toBe(ExportRefusal.unproven);
  });
});
