import type { NfcReader } from '../../hal/nfc.js';
import { Card } from '../card/card.js';
import { Terminal } from '../terminal/terminal.js';
import { Wallet } from '../wallet/wallet.js';
import type { BenchParts } from './bench.js';
import { PaperIssuer } from './paper-issuer.js';
import { SparseFlash } from './sparse-flash.js';

/** As many as hold a payment and the reserve that it leaves for a sync. */
const SECTORS = 24;
const NOTES = [600, 300, 100];
const AMOUNT = 650;
const CONNECT_MS = 500;

/** What each side computes, without air and wires, in the unit of the meter. */
export interface Payment {
  card: number;
  terminal: number;
}

/**
 * A PULL of play money from a wallet in RAM to another one: all that a touch computes and nothing of what it waits for. The device's own
 * wallet has no part in it. `done` gets undefined when the payment does not come about.
 */
export function payOurselves(parts: BenchParts, done: (payment: Payment | undefined) => void): void {
  const { crypto, crc32, entropy, clock, meter } = parts;
  const still = { ticks_ms: () => 0, uptime_s: () => 0, schedule: () => ({ cancel() {} }) };
  const issuer = new PaperIssuer(crypto);
  const open = (values: readonly number[]): Wallet => {
    const flash = new SparseFlash(SECTORS);
    const wallet = Wallet.open({ flash, clock: still, entropy, crypto, crc32, presence: { show() {} } });
    issuer.endow(wallet, values);
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
