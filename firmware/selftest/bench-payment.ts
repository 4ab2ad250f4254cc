import type { Crypto } from '../../hal/crypto.js';
import type { NfcReader } from '../../hal/nfc.js';
import { Card } from '../card/card.js';
import { EntropyError } from '../draw.js';
import { Terminal } from '../terminal/terminal.js';
import { Wallet } from '../wallet/wallet.js';
import type { BenchParts } from './meter.js';
import { SparseFlash } from './sparse-flash.js';
import { TestIssuer, UNLIMITED, YEAR_S } from './test-issuer.js';

/** As many as hold a payment and the reserve that it leaves for a sync. */
const SECTORS = 24;
const NOTES = [600, 300, 100];
const AMOUNT = 650;
const CONNECT_MS = 500;
/** XXX is the ISO 4217 code for "no currency": no money of this issuer can be taken for any. */
const NO_CURRENCY = Uint8Array.of(0x58, 0x58, 0x58);
const NOW_S = 1_800_000_000;

/** An issuer of play money, whose keys anybody can have. */
function playIssuer(crypto: Crypto): TestIssuer {
  let made = 0;
  const random = (bytes: number) => new Uint8Array(bytes).fill(++made);
  const good = { endorsed_s: YEAR_S, certified_s: YEAR_S };
  return new TestIssuer(crypto, { now_s: NOW_S, currency: NO_CURRENCY, number: 1, ...good, random });
}

/** What each side computes, without air and wires, in the unit of the meter. */
export interface Payment {
  card: number;
  terminal: number;
}

/**
 * A PULL of play money from a wallet in RAM to another one: all that a touch computes and nothing of what it
 * waits for. The device's own wallet has no part in it. `done` gets undefined when the payment does not come
 * about.
 */
export function payOurselves(parts: BenchParts, done: (payment: Payment | undefined) => void): void {
  try {
    pay(parts, done);
  } catch (error) {
    if (!(error instanceof EntropyError)) throw error;
    done(undefined);
  }
}

function pay(parts: BenchParts, done: (payment: Payment | undefined) => void): void {
  const { crypto, crc32, entropy, clock, meter } = parts;
  const still = {
    ticks_ms: () => 0,
    ticks_us: () => 0,
    uptime_s: () => 0,
    schedule: () => ({ cancel() {} }),
  };
  const issuer = playIssuer(crypto);
  const open = (values: readonly number[]): Wallet => {
    const flash = new SparseFlash(SECTORS);
    const wallet = Wallet.open({ flash, clock: still, entropy, crypto, crc32, presence: { show() {} } });
    wallet.makeKeys(NO_CURRENCY);
    wallet.personalise(issuer.personalisation(issuer.certify(wallet.publicKey), UNLIMITED));
    issuer.settle(
      wallet,
      values.map((value) => issuer.note(wallet.certificate.id, value)),
    );
    wallet.idle();
    return wallet;
  };
  const spent: Payment = { card: 0, terminal: 0 };
  const card = new Card(open(NOTES));

  /** Each step in a turn of its own, on an empty stack, as on a device. */
  const step = (side: keyof Payment, work: () => void): void => {
    clock.schedule(0, () => {
      const before = meter.now();
      work();
      spent[side] += meter.now() - before;
    });
  };
  const reader: NfcReader = {
    connect: (_, ready) => step('terminal', () => ready(undefined)),
    transceive: (command, ready) =>
      step('card', () =>
        card.onCommand(command, (response) => step('terminal', () => ready(undefined, response))),
      ),
    release: (ready) => step('terminal', () => ready(undefined)),
  };
  const terminal = new Terminal(open([]), reader);
  card.onActivated();
  step('terminal', () =>
    terminal.touch(terminal.order('pull', AMOUNT), CONNECT_MS, ({ outcome }) => {
      // The step under way is counted when it returns: one turn later all is in.
      clock.schedule(0, () =>
        done(
          outcome === 'paid'
            ? { card: Math.round(spent.card), terminal: Math.round(spent.terminal) }
            : undefined,
        ),
      );
    }),
  );
}
