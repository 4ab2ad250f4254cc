import { accountWords } from '../../../sim/scenario/account-words.js';
import type {
  PressEvent,
  RepeatEvent,
  StatementEvent,
  StoryEvent,
  SyncEvent,
  TouchEvent,
} from '../../../sim/scenario/events.js';
import type { Scenario } from '../../../sim/scenario/scenario.js';
import { inWords, t, texts } from '../../../sim/texts/language.js';
import {
  count,
  duration,
  faultWords,
  historyWords,
  milliseconds,
  moneyFormat,
  pressSubject,
  refusalWords,
  saidBy,
  syncSubject,
  tearWords,
  WallTime,
} from '../../../sim/words.js';
import type { Output, Style } from '../output/terminal-output.js';
import { MARGIN, padEnd } from '../output/text.js';
import { tellAccounts, tellJourneys } from './story-accounts.js';
import { tellHoldings, verdict } from './story-books.js';
import { tagWords } from './story-tags.js';

const SUBJECT_COLUMNS = 36;
const AMOUNT_COLUMNS = 10;
const RESULT_MARGIN = ' '.repeat(MARGIN.length + SUBJECT_COLUMNS + 1 + AMOUNT_COLUMNS + 2);

/** Tells a scenario in plain lines as it is played. */
export class Story {
  readonly #money: (minor: number) => string;
  readonly #time: WallTime;
  readonly #currency: string;
  #date = '';
  #first = true;

  constructor(
    private readonly out: Output,
    scenario: Scenario,
    private readonly verbose: boolean,
  ) {
    this.#currency = scenario.currency ?? 'CNY';
    this.#money = moneyFormat(this.#currency);
    this.#time = new WallTime(scenario.start);
  }

  begin(scenario: Scenario, seed: number): void {
    const { out } = this;
    out.line(out.style('bold', scenario.title));
    if (scenario.description) out.line(scenario.description);
    const date = this.#time.date(Date.parse(scenario.start) / 1000);
    out.line(
      out.style(
        'dim',
        t`${date} · ${this.#time.zone} · amounts in ${this.#currency} · ${scenario.people.length} people · seed ${seed}`,
      ),
    );
    out.line(out.style('dim', inWords(LEGEND)));
    out.line();
    this.#date = date;
  }

  tell(event: StoryEvent): void {
    this.#newDay(event.time_s);
    this.#tell(event);
    this.#first = false;
  }

  #newDay(time_s: number): void {
    const date = this.#time.date(time_s);
    if (date !== this.#date) this.out.line(`${MARGIN}${this.out.style('dim', date)}`);
    this.#date = date;
  }

  #tell(event: StoryEvent): void {
    switch (event.kind) {
      case 'note':
        return this.#note(event.text, event.time_s);
      case 'touch':
        if (event.repeat === undefined || this.verbose) this.#touch(event);
        return;
      case 'repeat':
        return this.#repeat(event, event.time_s);
      case 'sync':
        return this.#sync(event, event.time_s);
      case 'network':
        return this.#line(
          event.time_s,
          event.who === undefined ? t`the network` : t`the network of ${event.who.join(', ')}`,
          '',
          event.up ? this.#good(t`is back`) : this.#odd(t`is down`),
        );
      case 'power':
        return this.#line(
          event.time_s,
          event.who.join(', '),
          '',
          event.on ? t`switched on` : this.#odd(t`switched off`),
        );
      case 'press':
        return this.#line(event.time_s, pressSubject(event), '', pressWords(event));
      case 'wait':
        return this.#line(event.time_s, t`${duration(event.seconds)} later`);
      case 'button':
        return this.#line(
          event.time_s,
          t`${event.who} presses the button`,
          this.#money(event.amount),
          t`agreed`,
        );
      case 'cancel': {
        const words = event.refused
          ? this.#odd(t`refused: ${refusalWords(event.refused)}`)
          : t`a void is signed: it will not be taken`;
        return this.#line(event.time_s, t`${event.who} calls the sale off`, this.#money(event.amount), words);
      }
      case 'statement':
        return this.#statement(event, event.time_s);
      case 'clone':
        return this.#line(
          event.time_s,
          t`the device of ${event.who} is copied`,
          this.#money(event.held),
          this.#odd(t`now exists twice, the second time as ${event.as}`),
        );
      case 'code': {
        const until = t`valid until ${this.#time.time(event.until_s)}`;
        const sum = event.amount === undefined ? '' : this.#money(event.amount);
        return this.#line(event.time_s, t`${event.who} shows code ${event.counter}`, sum, until);
      }
      case 'tag':
      case 'tap': {
        const sum = event.amount === undefined ? '' : this.#money(event.amount);
        const { subject, words, isGood } = tagWords(event);
        return this.#line(event.time_s, subject, sum, isGood ? this.#good(words) : this.#odd(words));
      }
      case 'bill':
      case 'noCode':
      case 'upload':
      case 'deposit':
      case 'leave':
      case 'pool':
        return this.#account(event);
      case 'accounts':
        return tellAccounts(this.out, this.#money, event.accounts);
      case 'journeys':
        return tellJourneys(this.out, this.#money, this.#time, event.journeys);
      case 'lost':
        return this.#line(event.time_s, t`${event.who} reports a loss`, '', t`the bank stops the device`);
      case 'payOut':
        return this.#line(
          event.time_s,
          event.at === undefined
            ? t`the password of ${event.who} is given`
            : t`the password of ${event.who} is given at ${event.at}`,
          event.paid === undefined ? '' : this.#money(event.paid),
          event.paid === undefined
            ? this.#odd(t`refused: ${event.refused}`)
            : this.#good(t`paid out in cash`),
        );
      case 'profile':
        return this.#line(
          event.time_s,
          t`new limits for ${event.who}`,
          '',
          t`${event.profile}, with the next sync`,
        );
      case 'settle':
        return this.#line(
          event.time_s,
          t`the bank settles`,
          event.returned > 0 ? this.#money(event.returned) : '',
          event.returned > 0 ? t`unclaimed, and comes back` : t`nothing is due`,
        );
      case 'accused':
        return this.#line(
          event.time_s,
          t`the bank names ${event.who}`,
          '',
          t`${this.#bad(t`spent twice`)}: proof by ${event.proof}, ${event.bytes.length / 2} bytes, ${
            event.verified ? this.#good(t`verified offline`) : this.#bad(t`DOES NOT VERIFY`)
          }`,
        );
      case 'balances':
        return tellHoldings(this.out, this.#money, event.holdings);
      case 'audit':
        return this.#audit(event);
      case 'violation':
        return this.#line(
          event.time_s,
          this.#bad(event.what === 'expect' ? t`not as expected` : t`VIOLATED`),
          '',
          event.message,
        );
    }
  }

  #note(text: string, time_s: number): void {
    if (!this.#first) this.out.line();
    this.out.line(`${this.out.style('dim', this.#time.time(time_s))}  ${this.out.style('bold', text)}`);
  }

  #line(time_s: number, subject: string, amount = '', result = ''): void {
    const time = this.out.style('dim', this.#time.time(time_s));
    const line = `${time}  ${padEnd(subject, SUBJECT_COLUMNS)} ${amount.padStart(AMOUNT_COLUMNS)}  ${result}`;
    this.out.line(line.trimEnd());
  }

  #account(event: StoryEvent & Parameters<typeof accountWords>[0]): void {
    const { subject, amount, result, tone, code } = accountWords(event, this.#money);
    const what = code === undefined ? result : `${result} (${code})`;
    const told = tone === 'good' ? this.#good(what) : tone === 'odd' ? this.#odd(what) : what;
    this.#line(event.time_s, subject, amount ? this.#money(amount) : '', told);
  }

  #touch(event: TouchEvent & StoryEvent): void {
    const { repeat } = event;
    const tags = [
      ...(event.do === 'pay' || event.do === 'resume' ? [] : [event.do]),
      ...(event.again ? [t`again`] : []),
      ...(event.isRelayed ? [t`over a relay`] : []),
      ...(repeat ? [`${repeat.index}/${repeat.of}`] : []),
    ];
    const tag = tags.length > 0 ? `  (${tags.join(', ')})` : '';
    const subject =
      event.do === 'resume'
        ? t`${event.card} touches ${event.terminal}  (resume)`
        : `${event.from} → ${event.to}${tag}`;
    const amount = event.amount > 0 ? this.#money(event.amount) : '';
    this.#line(event.time_s, subject, amount, this.#outcome(event));
    // What an order was torn from is the payment itself, and told as such.
    const others =
      event.again && !event.wasPaid && event.outcome === 'paid' ? event.finished.slice(1) : event.finished;
    for (const finished of others) {
      const words = finished.void
        ? this.#odd(t`from before: void, back to its payer${becauseOf(finished.void)}`)
        : this.#good(
            finished.wasTaken ? t`from before: was taken, now its payer knows` : t`from before: now taken`,
          );
      this.#line(event.time_s, '', this.#money(finished.amount), words);
    }
    this.out.line(this.out.style('dim', `    ${figures(event)}`));
  }

  #outcome(touch: TouchEvent): string {
    const { outcome, refused, tear, cost, finished, again } = touch;
    const time = milliseconds(cost.total_us);
    if (touch.wasPaid) return t`it was paid before`;
    if (outcome === 'torn') {
      return t`${this.#odd(t`torn`)}, ${causeOf(touch)}${touch.isDone ? t`; ${touch.to} has it` : ''}`;
    }
    if (refused?.by === 'card' && refused.why === 'button') return t`the card asks for its button`;
    if (refused) {
      const why = `${refused.why} (${refusalWords(refused.why)})`;
      const how = this.#odd(t`refused`);
      return refused.by === 'card' ? t`${how} by the card: ${why}` : t`${how} by the terminal: ${why}`;
    }
    const late = tear && cost.airBytes < tear.airByte;
    const after = tear
      ? late
        ? t`, over before byte ${count(tear.airByte)}`
        : t`, then ${tearWords(tear.what)} at byte ${count(tear.airByte)}`
      : '';
    const flown = again && finished.length > 0 ? t`, by what was in flight` : '';
    if (outcome === 'paid') return t`${this.#good(t`paid`)} in ${time}${flown}${after}`;
    return finished.length > 0 ? t`${this.#good(t`resumed`)} in ${time}` : t`nothing was open; ${time}`;
  }

  #repeat(event: RepeatEvent, time_s: number): void {
    const { from, to, times, paid, mean, mean_us, touch_us } = event;
    const who = from.length === 1 ? from[0] : t`${from.length} people`;
    const tag = event.do === 'pay' ? '' : `, ${event.do}`;
    const words = [
      this.#good(t`${count(paid)} paid`),
      ...Object.entries(event.otherwise).map(([what, times]) => this.#odd(`${count(times)} ${what}`)),
    ].join(', ');
    const times_ms = paid > 0 ? t`, ${milliseconds(touch_us.min)} to ${milliseconds(touch_us.max)} each` : '';
    this.#line(
      time_s,
      t`${who} → ${to}  (${count(times)} times${tag})`,
      this.#money(event.sum),
      words + times_ms,
    );
    if (paid === 0) return;
    const cost = {
      apduBytes: mean.apduBytes,
      airBytes: mean.airBytes,
      airFrames: mean.airFrames,
      air_us: mean_us.air,
      link_us: mean_us.link,
      flash_us: mean_us.flash,
      compute_us: mean_us.compute,
    };
    this.out.line(this.out.style('dim', `    ${t`mean: ${costs(cost)}`}`));
  }

  #statement(event: StatementEvent, time_s: number): void {
    const { who, at, refused, held, inFlight, history } = event;
    const subject = t`${who} asks at ${at}`;
    if (refused) return this.#line(time_s, subject, '', this.#odd(t`refused: ${refusalWords(refused)}`));
    const flying = inFlight > 0 ? t`, ${this.#money(inFlight)} in flight` : '';
    this.#line(time_s, subject, this.#money(held), t`is held${flying}; last:`);
    for (const { what, amount, time_s: then_s, counterparty } of history.slice(0, STATEMENT_LINES)) {
      const whom = counterparty === undefined ? '' : `  ${counterparty}`;
      const sum = amount > 0 ? this.#money(amount) : '';
      const line = `${this.#time.time(then_s)}  ${padEnd(historyWords(what), HISTORY_COLUMNS)} ${sum.padStart(AMOUNT_COLUMNS)}${whom}`;
      this.out.line(RESULT_MARGIN + line);
    }
  }

  #sync(event: SyncEvent, time_s: number): void {
    const { who, outcome, messages, detail, before, after } = event;
    const subject = syncSubject(event.do, who);
    const amount = event.amount === undefined ? '' : this.#money(event.amount);
    if (outcome !== 'done') {
      const why = {
        torn: t`torn after ${messages} messages`,
        failed: t`failed: the bank does not go on with this device (${detail})`,
        refused: t`refused by the bank: ${detail}`,
      }[outcome];
      return this.#line(time_s, subject, amount, this.#odd(why));
    }
    const settled = before.received > 0 ? t`${this.#money(before.received)} received is settled; ` : '';
    const account = after.account === undefined ? '' : t`, account ${this.#money(after.account)}`;
    this.#line(time_s, subject, amount, t`${settled}holds ${this.#money(after.held)}${account}`);
  }

  #audit({ audit, accused, time_s }: StoryEvent & { kind: 'audit' }): void {
    const flying = audit.inFlight > 0 ? t`, ${this.#money(audit.inFlight)} of it in flight` : '';
    const named = accused.length > 0 ? t`; accused: ${accused.join(', ')}` : '';
    this.#line(time_s, t`audit`, '', `${verdict(this.out, audit)}${flying}${named}`);
  }

  #good(text: string): string {
    return this.#styled('green', text);
  }
  #odd(text: string): string {
    return this.#styled('yellow', text);
  }
  #bad(text: string): string {
    return this.#styled(['red', 'bold'], text);
  }
  #styled(style: Style, text: string): string {
    return this.out.style(style, text);
  }
}

function pressWords({ agreed, screen = [] }: PressEvent): string {
  if (agreed !== undefined) return agreed ? t`agreed` : t`nothing asks for it`;
  return screen.length === 0
    ? t`the screen is dark`
    : t`it shows: ${screen.filter((line) => line).join(' · ')}`;
}

/** A void for what was called off says `mismatch`, which explains nothing. */
const becauseOf = (why: string): string => (why === 'mismatch' ? '' : ` (${refusalWords(why)})`);

const STATEMENT_LINES = 4;
const HISTORY_COLUMNS = 12;

const LEGEND = texts([
  'Under each touch: its APDUs; bytes, frames and time on air; time on the links between the processors and their ' +
    'PN532; flash time, and journal records written at the terminal + at the card. Times are modelled, not measured.',
])[0];

type Figures = Pick<
  TouchEvent['cost'],
  'apduBytes' | 'airBytes' | 'airFrames' | 'air_us' | 'link_us' | 'flash_us' | 'compute_us'
>;

function costs(cost: Figures, records = ''): string {
  return [
    t`APDU ${count(cost.apduBytes)} B`,
    t`air ${count(cost.airBytes)} B, ${count(cost.airFrames)} frames, ${milliseconds(cost.air_us)}`,
    t`link ${milliseconds(cost.link_us)}`,
    t`flash ${milliseconds(cost.flash_us)}${records}`,
    cost.compute_us > 0 ? t`compute ${milliseconds(cost.compute_us)}` : t`compute not measured`,
  ].join(' · ');
}

const figures = ({ cost, records }: TouchEvent): string =>
  costs(cost, t`, ${records[0]}+${records[1]} records`);

/** Why a touch was torn: what was done to it, what the terminal saw, or what it would not take. */
function causeOf({ tear, fault, excess_us, refused }: TouchEvent): string {
  if (tear) return t`${tearWords(tear.what)} at byte ${count(tear.airByte)} on air`;
  const late = fault === 'relay' && excess_us !== undefined ? t`: ${milliseconds(excess_us)} too long` : '';
  if (fault !== undefined) return t`the terminal saw: ${faultWords(fault) + late}`;
  if (!refused) return t`no answer came`;
  return saidBy(refused.by, refusalWords(refused.why));
}
