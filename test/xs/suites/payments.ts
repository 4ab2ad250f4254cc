/**
 * Whole payments between two wallets. What they say is compared, to the byte, with what Node heard them say
 * in the same payments.
 */

import { NOTHING, sameBytes } from '../../../firmware/bytes.js';
import type { Limits } from '../../../firmware/objects/profile.js';
import { Standing } from '../../../firmware/objects/settlement.js';
import { StandaloneReceipt } from '../../../firmware/objects/standalone-receipt.js';
import { Lifecycle } from '../../../firmware/payment/lifecycle.js';
import { Refusal } from '../../../firmware/protocol/refusal.js';
import type { Order, TouchResult } from '../../../firmware/terminal/order.js';
import { ExportRefusal, exportReceipt } from '../../../firmware/wallet/receipt-export.js';
import { ascii, same } from '../check.js';
import type { Tear } from '../hardware/pipe.js';
import { PIN, Stage } from '../hardware/stage.js';
import type { Hardware, Suite } from '../suite.js';

export interface PaymentsInput {
  readonly seed: number;
  /** By scene: `Stage.transcript` at its end, with the reference's crypto. */
  readonly transcripts: Readonly<Record<string, string>>;
}

interface CategoryLimit {
  readonly name: string;
  readonly limits?: Partial<Limits>;
  readonly play: (stage: Stage) => void;
}

/** Both begin with 1,000 in notes of 600, 300 and 100. */
const categoryLimits: readonly CategoryLimit[] = [
  {
    name: 'PULL: the card pays with notes',
    play: (stage) => {
      const order = paid(stage, 'pull', 650);
      same(order.transfer?.noteCount, 2, 'notes');
      same(order.transfer?.received, 0, 'received value in it');
      expectHeld(stage, 350, 1_650);
    },
  },
  {
    name: 'PULL: the card pays with the sum of what it received',
    play: (stage) => {
      paid(stage, 'pull', 1_000);
      for (const amount of [50, 70, 80]) paid(stage, 'push', amount);
      same(stage.card.wallet.ledger.lots.lots.length, 1, 'lots');
      const order = paid(stage, 'pull', 150);
      same(order.transfer?.noteCount, 0, 'notes');
      same(order.transfer?.received, 150, 'received value in it');
      same(order.transfer?.hops, 1, 'hops');
      expectHeld(stage, 50, 1_950);
    },
  },
  {
    name: 'PULL: the card pays with both, and with what came back through two hands',
    play: (stage) => {
      paid(stage, 'pull', 900);
      paid(stage, 'push', 400);
      const order = paid(stage, 'pull', 450);
      same(order.transfer?.received, 400, 'received value in it');
      same(order.transfer?.noteCount, 1, 'notes');
      paid(stage, 'push', 600);
      const back = paid(stage, 'push', 950);
      same(back.transfer?.received, 950, 'received value in it');
      same(back.transfer?.hops, 2, 'hops');
      expectHeld(stage, 1_600, 400);
    },
  },
  {
    name: 'PUSH: the terminal pays the card',
    play: (stage) => {
      const order = paid(stage, 'push', 650);
      same(order.transfer?.noteCount, 2, 'notes');
      expectHeld(stage, 1_650, 350);
      same(stage.stall.wallet.ledger.inFlightTransfers.length, 0, 'in flight');
    },
  },
  { name: 'PULL torn at each APDU is paid once by the next touch', play: (stage) => tearEach(stage, 'pull') },
  { name: 'PUSH torn at each APDU is paid once by the next touch', play: (stage) => tearEach(stage, 'push') },
  {
    name: 'a torn PULL is resumed from flash after both devices have started again',
    play: (stage) => {
      const order = stage.order('pull', 120);
      same(stage.touch(order, { apdu: 5, lost: 'answer' }).outcome, 'torn');
      same(stage.card.wallet.ledger.inFlight, 120, 'in flight');
      stage.card.restart();
      stage.stall.restart();
      stage.expectWhole('after both started again');
      const { outcome, resumed } = stage.touch(stage.order('resume', 0));
      same(`${outcome}, ${resumed.length}, ${resumed[0]?.why}`, 'resumed, 1, 0');
      same(stage.card.wallet.ledger.inFlight, 0, 'in flight');
      expectHeld(stage, 880, 1_120);
    },
  },
  {
    name: 'a receipt that stands alone is exported by payer and payee, also after both started again',
    play: (stage) => {
      paid(stage, 'pull', 650);
      expectReceipt(stage, 650, true);
      paid(stage, 'push', 40);
      expectReceipt(stage, 40, false);
      stage.card.restart();
      stage.stall.restart();
      expectReceipt(stage, 40, false);
      same(exportReceipt(stage.stall.wallet, ascii(PIN), 2), ExportRefusal.pinUnset, 'from one without PIN');
      same(exportReceipt(stage.card.wallet, ascii('1111'), 2), ExportRefusal.pin, 'with a wrong PIN');
      same(exportReceipt(stage.card.wallet, ascii(PIN), 1), ExportRefusal.noPayment, 'of the first sync');
      expectHeld(stage, 390, 1_610);
    },
  },
  {
    name: 'what is refused moves nothing',
    limits: { paymentMax: 700, balanceMax: 1_050 },
    play: (stage) => {
      refused(stage, 'pull', 5_000, 'card', Refusal.insufficient);
      refused(stage, 'pull', 701, 'card', Refusal.paymentLimit);
      refused(stage, 'push', 51, 'card', Refusal.balanceLimit);
      refused(stage, 'push', 1_001, 'card', Refusal.paymentLimit);
      expectHeld(stage, 1_000, 1_000);
    },
  },
  {
    name: 'a button or a PIN stands for one payment; a wrong PIN pays nothing, and three lock it',
    limits: { noConfirmMax: 50, buttonMax: 100 },
    play: (stage) => {
      const { wallet } = stage.card;
      paid(stage, 'pull', 50);
      const order = stage.order('pull', 90);
      refusedBy(stage.touch(order), 'card', Refusal.button);
      same(stage.press(stage.card), true, 'button');
      same(stage.touch(order).outcome, 'paid');
      refused(stage, 'pull', 200, 'card', Refusal.pin);
      refusedBy(stage.touch(stage.order('pull', 200, ascii('1111'))), 'card', Refusal.pin);
      same(wallet.pin.triesLeft, 2, 'tries');
      same(stage.touch(stage.order('pull', 200, ascii(PIN))).outcome, 'paid');
      same(wallet.pin.triesLeft, 3, 'tries');
      for (let i = 0; i < 3; i++) stage.touch(stage.order('pull', 200, ascii('1111')));
      refusedBy(stage.touch(stage.order('pull', 200, ascii(PIN))), 'card', Refusal.pinLocked);
      stage.card.restart();
      same(stage.card.wallet.lifecycle, Lifecycle.pinLocked, 'lifecycle');
      stage.sync(stage.card, 0, Standing.unlocked);
      same(stage.touch(stage.order('pull', 200, ascii(PIN))).outcome, 'paid');
      expectHeld(stage, 460, 1_540);
    },
  },
  {
    name: 'a sync takes the journal and what was received, and gives fresh notes, which pay',
    play: (stage) => {
      for (const amount of [300, 20, 3]) paid(stage, 'pull', amount);
      paid(stage, 'push', 100);
      same(stage.stall.wallet.ledger.lots.total, 323, 'received');
      stage.sync(stage.stall, 323);
      stage.sync(stage.card, 100);
      for (const { wallet } of [stage.stall, stage.card]) {
        same(wallet.ledger.lots.total, 0, 'received');
        same(wallet.ledger.epoch, 3, 'epoch');
      }
      expectHeld(stage, 777, 1_223);
      stage.card.restart();
      stage.stall.restart();
      stage.expectWhole('after both started again');
      const order = paid(stage, 'pull', 776);
      same(order.transfer?.received, 0, 'received value in it');
      expectHeld(stage, 1, 1_999);
    },
  },
];

export const suite: Suite<PaymentsInput> = (hardware, { seed, transcripts }) =>
  categoryLimits.map((categoryLimit) => ({
    name: categoryLimit.name,
    run: () =>
      same(transcriptOf(hardware, seed, categoryLimit), transcripts[categoryLimit.name], 'transcript'),
  }));

/** What the suite compares with. */
export const recordTranscripts = (hardware: Hardware, seed: number): Record<string, string> =>
  Object.fromEntries(
    categoryLimits.map((categoryLimit) => [categoryLimit.name, transcriptOf(hardware, seed, categoryLimit)]),
  );

function transcriptOf(hardware: Hardware, seed: number, { limits, play }: CategoryLimit): string {
  const stage = new Stage(hardware, seed, limits);
  play(stage);
  return stage.transcript;
}

function paid(stage: Stage, kind: Order['kind'], amount: number): Order {
  const order = stage.order(kind, amount);
  const result = stage.touch(order);
  same(textOf(result), 'paid', `${kind} of ${amount}`);
  same(order.done, true, 'order');
  return order;
}

function refused(
  stage: Stage,
  kind: Order['kind'],
  amount: number,
  by: 'card' | 'terminal',
  why: number,
): void {
  refusedBy(stage.touch(stage.order(kind, amount)), by, why);
}

const refusedBy = (result: TouchResult, by: 'card' | 'terminal', why: number): void =>
  same(textOf(result), `refused by ${by}: ${why}`);

const textOf = ({ outcome, refusal }: TouchResult): string =>
  refusal ? `${outcome} by ${refusal.by}: ${refusal.why}` : outcome;

function expectHeld(stage: Stage, card: number, stall: number): void {
  same(stage.card.wallet.ledger.held, card, 'held by the card');
  same(stage.stall.wallet.ledger.held, stall, 'held by the stall');
}

/** The card's newest entry gives a receipt that the root's key alone shows to be good. */
function expectReceipt(stage: Stage, amount: number, cardPays: boolean): void {
  const { wallet } = stage.card;
  const exported = exportReceipt(wallet, ascii(PIN), wallet.ledger.sequence);
  if (typeof exported === 'number') throw new Error(`no receipt: ${exported}`);
  const read = StandaloneReceipt.parse(exported.bytes.slice());
  same(read?.fault(wallet.crypto, wallet.trust.root), undefined, 'fault');
  same(read?.transfer.total, amount, 'amount');
  same(sameBytes(read?.transfer.payer ?? NOTHING, wallet.certificate.id), cardPays, 'the card is the payer');
  for (const at of [70, 200, 400, 600]) {
    const changed = exported.bytes.slice();
    changed[at] ^= 1;
    const fault = StandaloneReceipt.parse(changed)?.fault(wallet.crypto, wallet.trust.root);
    same(fault === undefined, false, `good with byte ${at} changed`);
  }
}

/**
 * Each APDU of a touch is lost once, and its answer once; every other time the card has lost its power
 * besides.
 */
function tearEach(stage: Stage, kind: 'pull' | 'push'): void {
  const amount = 10;
  const sign = kind === 'pull' ? 1 : -1;
  paid(stage, kind, amount);
  const { apdus } = stage;
  let held = 1_000 + sign * amount;
  for (let apdu = 1; apdu <= apdus; apdu++) {
    for (const lost of ['command', 'answer'] as const) {
      const tear: Tear = { apdu, lost };
      const order = stage.order(kind, amount);
      // Once the answer has the transfer for it, a PULL is paid, whatever becomes of the receipt.
      const isPaid = kind === 'pull' && apdu === apdus;
      same(stage.touch(order, tear).outcome, isPaid ? 'paid' : 'torn', `${lost} ${apdu}`);
      if (apdu % 2 === 0) stage.card.restart();
      same(textOf(stage.touch(order)), 'paid', `after the tear at ${lost} ${apdu}`);
      held += sign * amount;
      same(stage.stall.wallet.ledger.held, held, `held after ${lost} ${apdu}`);
      // A receipt that was lost would come first in the next round.
      if (stage.card.wallet.ledger.inFlight > 0) stage.touch(stage.order('resume', 0));
      same(stage.card.wallet.ledger.inFlight + stage.stall.wallet.ledger.inFlight, 0, 'in flight');
    }
  }
}
