import { sameBytes } from '../../firmware/bytes.js';
import { Outcome } from '../../firmware/objects/receipt.js';
import { HistoryKind } from '../../firmware/protocol/history.js';
import { Refusal, refusalName } from '../../firmware/protocol/refusal.js';
import type { Order, TouchResult } from '../../firmware/terminal/order.js';
import type { Device } from '../device/device.js';
import { hasTaken } from '../world/taken.js';
import { ascii } from '../world/test-bank.js';
import type { Tear } from '../world/world.js';
import type { FareStep } from './account-scenario.js';
import type { TouchEvent } from './events.js';
import { checkExpected } from './expected.js';
import type { Play } from './play.js';
import { airByteOf } from './rehearsal.js';
import type {
  AgainStep,
  CancelStep,
  PayStep,
  PressStep,
  ResumeStep,
  StatementStep,
  TearCause,
  TearStep,
  TouchExpect,
} from './scenario.js';
import { listOf, seconds } from './scenario.js';
import type { TagSteps } from './tag-steps.js';
import { summarise } from './totals.js';

/** Somebody's payment, which lives through as many touches as it takes. */
interface Payment {
  readonly do: 'pay' | 'push' | 'refund' | 'resume';
  readonly from: string;
  readonly to: string;
  readonly terminal: string;
  readonly card: string;
  readonly order: Order;
  touches: number;
}

/** What is special about a touch. */
interface How {
  readonly tear?: Tear;
  readonly cause?: TearCause;
  readonly relay_ms?: number | undefined;
  readonly repeat?: TouchEvent['repeat'];
}

const WHAT: Readonly<Record<TearCause, Tear['what']>> = {
  'hand away': 'hand away',
  'card power': 'card power',
  'terminal power': 'reader power',
};

const HISTORY_NAMES = Object.fromEntries(
  Object.entries(HistoryKind).map(([name, kind]) => [kind, name as keyof typeof HistoryKind]),
);

/** The steps in which devices touch. */
export class Touches {
  readonly #named = new Map<string, Payment>();
  #last: Payment | undefined;

  constructor(
    private readonly play: Play,
    private readonly tags: TagSteps,
  ) {}

  pay(step: PayStep): void {
    const times = step.times ?? 1;
    const payers = this.play.stage.names(step.from).filter((name) => name !== step.to);
    if (times > 1 || payers.length > 1) return this.#repeat(step, payers, Math.max(times, payers.length));
    const touched = this.#payOnce(step, payers[0]);
    if (touched) this.#judge(step.expect, touched);
  }

  #repeat(step: PayStep, payers: readonly string[], times: number): void {
    const { play } = this;
    const touches: TouchEvent[] = [];
    const unmet: string[] = [];
    const pause_s = step.every === undefined ? 0 : seconds(step.every);
    for (let index = 1; index <= times; index++) {
      const touched = this.#payOnce(step, payers[(index - 1) % payers.length], { index, of: times });
      if (!touched) continue;
      touches.push(touched);
      const mistake = unmetTouch(step.expect, touched);
      if (mistake !== undefined) unmet.push(mistake);
      play.progress({ what: `${step.do} ${step.to}`, done: index, of: times });
      if (pause_s > 0 && index < times) play.stage.town.world.pass(pause_s);
    }
    play.tell(summarise(step.do, payers, step.to, touches));
    if (unmet.length > 0) play.unmet(`${unmet.length} of ${times} times ${unmet[0]}`);
  }

  #payOnce(step: PayStep, payer: string, repeat?: TouchEvent['repeat']): TouchEvent | undefined {
    const payment = this.#begin(step, step.do, payer);
    return (
      payment && this.#touchAndConfirm(payment, step.button === true, { relay_ms: step.relay_ms, repeat })
    );
  }

  /** Money at a gate of a network: the flat fare, to the reader that stands in it. */
  fare({ at, who, pin, expect }: FareStep): void {
    const { stage } = this.play;
    const amount = stage.scenario.fares?.flat ?? 0;
    const step = { from: who, to: stage.tillOf(at), amount, ...(pin !== undefined && { pin }) };
    this.pay({ do: 'pay', ...step, ...(expect !== undefined && { expect }) });
  }

  tear(step: TearStep): void {
    const payer = listOf(step.from)[0];
    const payment = this.#begin(step, step.by ?? 'pay', payer);
    if (!payment) return;
    const { stage } = this.play;
    const [terminal, card] = [stage.device(payment.terminal), stage.device(payment.card)];
    const { kind, amount, pin } = payment.order as Order & { kind: 'pull' | 'push' };
    if (step.button === true) this.#askAndPress(payment);
    const touch = { kind, amount, pin, press: step.button === true };
    const airByte = airByteOf(stage.town.world, terminal, card, touch, step.at);
    if (airByte === undefined)
      return this.play.unmet('expected the touch to come to that phase, it ends before');
    this.#judge(
      step.expect,
      this.#touch(payment, { tear: { airByte, what: WHAT[step.what] }, cause: step.what }),
    );
  }

  again(step: AgainStep): void {
    const payment = this.#earlier(step.order);
    if (step.pin !== undefined) payment.order.pin = ascii(step.pin);
    this.#judge(step.expect, this.#touch(payment));
  }

  resume(step: ResumeStep): void {
    const { terminal, card } = step;
    const order = this.play.stage.device(terminal).terminal.order('resume', 0);
    const payment: Payment = { do: 'resume', from: card, to: terminal, terminal, card, order, touches: 0 };
    this.#judge(step.expect, this.#touch(payment));
  }

  statement(step: StatementStep): void {
    const { play } = this;
    const { stage } = play;
    const result = stage.town.statement(step.at, step.who, step.pin);
    const told = result.outcome === 'told' ? result.statement : undefined;
    const refused = result.outcome === 'refused' ? refusalName(result.why) : undefined;
    play.tell({
      kind: 'statement',
      who: step.who,
      at: step.at,
      refused: told ? undefined : (refused ?? 'torn'),
      held: told?.held ?? 0,
      inFlight: told?.inFlight ?? 0,
      history: (told?.history ?? []).map(({ kind, amount, time_s, counterparty }) => ({
        what: HISTORY_NAMES[kind],
        amount,
        time_s,
        counterparty: stage.nameOf(counterparty),
      })),
    });
    checkExpected(play, step.expect, { refused, outcome: told ? 'told' : 'torn' });
  }

  cancel(step: CancelStep): void {
    const { terminal, order } = this.#earlier(step.order);
    const why = this.play.stage.device(terminal).terminal.cancel(order);
    const refused = why === undefined ? undefined : refusalName(why);
    this.play.tell({ kind: 'cancel', who: terminal, amount: order.amount, refused });
    checkExpected(this.play, step.expect, { refused, outcome: 'cancelled' });
  }

  /** The owner looks, and presses. */
  press({ who, button, held = false, expect }: PressStep): void {
    const { play } = this;
    const { world } = play.stage.town;
    const device = play.stage.device(who);
    const hasScreen = device.screen !== undefined;
    const pressed = hasScreen
      ? world.pressScreen(device, button === 'B' ? 1 : 0, held ? 'long' : 'short')
      : world.press(device);
    const agreed = hasScreen && !pressed ? undefined : pressed;
    play.tell({ kind: 'press', who, button, isHeld: held, agreed, screen: device.screen });
    checkExpected(play, expect, { outcome: pressed ? 'agreed' : 'nothing' });
  }

  #earlier(name: string | undefined): Payment {
    const payment = name === undefined ? this.#last : this.#named.get(name);
    if (!payment) throw new RangeError(`no payment ${name ?? ''}`);
    return payment;
  }

  #begin(step: PayStep | TearStep, by: Payment['do'], payer: string): Payment | undefined {
    const { stage } = this.play;
    const amount = stage.amount(step.amount, payer);
    if (amount === 0) {
      this.play.unmet(`expected ${payer} to hold received value, got none`);
      return undefined;
    }
    const pull = by === 'pay';
    const [terminal, card] = pull ? [step.to, payer] : [payer, step.to];
    const pin = step.pin === undefined ? undefined : ascii(step.pin);
    const order = this.#order(step, pull ? 'pull' : 'push', terminal, amount, pin);
    if (!order) return undefined;
    if (by === 'refund') order.refund = {};
    const payment: Payment = { do: by, from: payer, to: step.to, terminal, card, order, touches: 0 };
    this.#last = payment;
    if (step.order !== undefined) this.#named.set(step.order, payment);
    return payment;
  }

  /** One by a tag is for its payee alone; undefined where the tag does not allow it. */
  #order(
    step: PayStep | TearStep,
    kind: 'pull' | 'push',
    terminal: string,
    amount: number,
    pin: Uint8Array | undefined,
  ): Order | undefined {
    const device = this.play.stage.device(terminal).terminal;
    if (step.do !== 'push' || !step.tag) return device.order(kind, amount, pin);
    const shown = this.tags.shownTo(terminal);
    const order = shown && device.orderTo(shown, amount, pin);
    if (typeof order === 'object') return order;
    const got = order === undefined ? 'no tag' : `refused: ${refusalName(order)}`;
    const expected = typeof step.expect === 'object' ? `refused: ${step.expect.refused}` : 'an order';
    if (got !== expected) this.play.unmet(`expected ${expected}, got ${got}`);
    return undefined;
  }

  /** A card that asks for its button gets it pressed, if it is in the story, and is touched again. */
  #touchAndConfirm(payment: Payment, button: boolean, how: How): TouchEvent {
    const touched = this.#touch(payment, how);
    if (!button || touched.refused?.by !== 'card' || touched.refused.why !== 'button') return touched;
    this.#press(payment);
    return this.#touch(payment, how);
  }

  #askAndPress(payment: Payment): void {
    const touched = this.#touch(payment);
    if (touched.refused?.why === refusalName(Refusal.button)) this.#press(payment);
  }

  #press({ card, order }: Payment): void {
    const { stage } = this.play;
    stage.town.world.press(stage.device(card));
    this.play.tell({ kind: 'button', who: card, amount: order.amount });
  }

  #touch(payment: Payment, { tear, cause, relay_ms, repeat }: How = {}): TouchEvent {
    const { stage } = this.play;
    const [terminal, card] = [stage.device(payment.terminal), stage.device(payment.card)];
    const time_s = stage.town.world.now_s;
    const entries = () => [terminal, card].map((device: Device) => device.wallet.ledger.sequence);
    const before = entries();
    const wasPaid = isDone(payment.order, terminal);
    const takenBefore = openBetween(terminal, card).filter(({ flight, to }) => hasTaken(to, flight));
    const relay = relay_ms === undefined ? undefined : stage.town.world.relay(relay_ms * 1000);
    const { result, cost } = stage.town.world.touch(terminal, card, payment.order, tear, relay);
    const after = entries();
    // Typed again in the next touch it would be refused again, and soon be locked.
    if (result?.refusal?.why === Refusal.pin) delete payment.order.pin;
    const event: TouchEvent = {
      kind: 'touch',
      do: payment.do,
      from: payment.from,
      to: payment.to,
      terminal: payment.terminal,
      card: payment.card,
      amount: payment.order.amount,
      outcome: result?.outcome ?? 'torn',
      refused: result?.refusal && { by: result.refusal.by, why: refusalName(result.refusal.why) },
      fault: faultName(result),
      excess_us: result?.excess_us,
      isRelayed: relay !== undefined,
      tear: tear && cause ? { what: cause, airByte: tear.airByte } : undefined,
      finished: (result?.resumed ?? []).map(({ transfer, why }) => ({
        amount: transfer.total,
        void: why === 0 ? undefined : refusalName(why),
        wasTaken: takenBefore.some(({ flight }) => sameBytes(flight.transfer.invoice, transfer.invoice)),
      })),
      open: openBetween(terminal, card).map(({ from, to, flight }) => ({
        from: from.name,
        to: to.name,
        amount: flight.transfer.total,
        isTaken: hasTaken(to, flight),
      })),
      again: payment.touches++ > 0,
      wasPaid,
      isDone: isDone(payment.order, terminal),
      records: [after[0] - before[0], after[1] - before[1]],
      cost,
      repeat,
    };
    this.play.tell(event, time_s);
    return event;
  }

  #judge(expect: TouchExpect | undefined, touched: TouchEvent): void {
    const mistake = unmetTouch(expect, touched);
    if (mistake !== undefined) this.play.unmet(mistake);
  }
}

/** Whether nothing is left to pay: the payee's journal says so of a pull whose terminal forgot. */
function isDone({ done, kind, invoice }: Order, terminal: Device): boolean {
  if (done || kind !== 'pull' || !invoice) return done;
  return terminal.wallet.closing(invoice.id)?.outcome === Outcome.accepted;
}

/** What either of two devices has in flight to the other. */
const openBetween = (a: Device, b: Device) =>
  [
    { from: a, to: b },
    { from: b, to: a },
  ].flatMap(({ from, to }) =>
    from.wallet.ledger.inFlightTransfers
      .filter(({ transfer }) => sameBytes(transfer.payee, to.wallet.certificate.id))
      .map((flight) => ({ from, to, flight })),
  );

function faultName(result: TouchResult | undefined): string | undefined {
  if (!result) return 'no power at the terminal';
  const { fault } = result;
  if (!fault) return undefined;
  if (fault.kind === 'nfc') return fault.error.code;
  return fault.kind === 'status' ? `status ${fault.status.toString(16)}` : fault.kind;
}

function unmetTouch(expect: TouchExpect | undefined, touched: TouchEvent): string | undefined {
  if (expect === undefined) return undefined;
  const expected = typeof expect === 'string' ? expect : `refused: ${expect.refused}`;
  const got = touched.refused ? `refused: ${touched.refused.why}` : touched.outcome;
  return got === expected ? undefined : `expected ${expected}, got ${got}`;
}
