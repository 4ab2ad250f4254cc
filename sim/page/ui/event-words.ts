/** What happened, in a line: who, how much, and what came of it. */
import { codeRefusalCode, codeRefusalWords } from '../../account/refusal-words.js';
import type { Finished, PressEvent, StoryEvent, SyncEvent, TouchEvent } from '../../scenario/events.js';
import { count, duration, faultWords, milliseconds, refusalWords } from '../../words.js';

export type Tone = 'good' | 'odd' | 'bad' | 'plain';

export interface EventWords {
  readonly subject: string;
  /** Minor units; undefined where there is none. */
  readonly amount: number | undefined;
  readonly result: string;
  readonly tone: Tone;
  /** What to look up; undefined when all is well. */
  readonly code: string | undefined;
}

const words = (
  subject: string,
  result: string,
  tone: Tone = 'plain',
  amount?: number,
  code?: string,
): EventWords => ({ subject, amount, result, tone, code });

type Money = (minor: number) => string;

/** Undefined for what the page shows elsewhere. */
export function eventWords(event: StoryEvent, money: Money): EventWords | undefined {
  switch (event.kind) {
    case 'touch':
      return touchWords(event, money);
    case 'sync':
      return syncWords(event, money);
    case 'press':
      return pressWords(event);
    case 'clone':
      return words(
        `The flash of ${event.who} is copied`,
        `there are two now: ${event.as} has the same money`,
        'odd',
        event.held,
      );
    case 'network': {
      const whose = event.who === undefined ? 'Everybody' : event.who.join(', ');
      return words(whose, event.up ? 'has network' : 'has no network', event.up ? 'plain' : 'odd');
    }
    case 'power':
      return words(
        event.who.join(', '),
        event.on ? 'is switched on' : 'is switched off',
        event.on ? 'plain' : 'odd',
      );
    case 'wait':
      return words(`${duration(event.seconds)} go by`, '');
    case 'code': {
      const until = `valid for ${duration(event.until_s - event.time_s)}`;
      return words(`${event.who} shows code ${event.counter}`, until, 'plain', event.amount);
    }
    case 'bill': {
      const { refused, amount } = event;
      const subject = `${event.at} scans the phone of ${event.who}`;
      return refused === undefined
        ? words(subject, 'billed, and deducted later', 'good', amount)
        : words(subject, `refused: ${codeRefusalWords(refused)}`, 'odd', amount, codeRefusalCode(refused));
    }
    case 'lost':
      return words(`${event.who} reports a loss`, 'the bank stops the device', 'odd');
    case 'payOut':
      return event.paid === undefined
        ? words(`The password of ${event.who} is given`, `refused: ${event.refused}`, 'odd')
        : words(`The password of ${event.who} is given`, 'paid out in cash', 'good', event.paid);
    case 'settle':
      return event.returned > 0
        ? words('The bank settles', 'unclaimed, and comes back', 'good', event.returned)
        : words('The bank settles', 'nothing is due');
    case 'accused':
      return words(
        `The bank names ${event.who}`,
        `spent twice: proof by ${event.proof}, ${count(event.bytes.length / 2)} bytes, ` +
          `${event.verified ? 'verified with the root’s public key alone' : 'which does not verify'}`,
        'bad',
        undefined,
        event.proof,
      );
    case 'violation':
      return words('Not as it must be', event.message, 'bad', undefined, event.what);
    default:
      return undefined;
  }
}

function touchWords(touch: TouchEvent, money: Money): EventWords {
  const { outcome, refused, cost, finished, amount, again, wasPaid } = touch;
  const subject =
    touch.do === 'resume'
      ? `${touch.card} touches ${touch.terminal}`
      : `${touch.from} → ${touch.to}${again ? ', again' : ''}`;
  const sum = amount > 0 ? amount : undefined;
  if (wasPaid) {
    const left = openWords(touch, money);
    return words(subject, `it was paid before${left}`, left === '' ? 'plain' : 'odd', sum);
  }
  // What an order was torn from is the payment itself, and told as such.
  const before = again && outcome === 'paid' ? finished.slice(1) : finished;
  const also = before.map((each) => finishedWords(each, money)).join('') + openWords(touch, money);
  if (outcome === 'torn') {
    const [why, code] = tornWords(touch);
    return words(subject, `torn: ${why}${also}`, 'odd', sum, code);
  }
  if (refused?.by === 'card' && refused.why === 'button') {
    return words(subject, `the card asks for its button${also}`, 'odd', sum, refused.why);
  }
  if (refused) {
    const who = refused.by === 'card' ? 'card' : 'terminal';
    return words(
      subject,
      `refused by the ${who}: ${refusalWords(refused.why)}${also}`,
      'odd',
      sum,
      refused.why,
    );
  }
  const time = milliseconds(cost.total_us);
  if (outcome === 'paid') {
    const flown = again && finished.length > 0 ? ', by what was in flight' : '';
    const isTorn = touch.tear ? cost.airBytes >= touch.tear.airByte : touch.fault !== undefined;
    if (!isTorn) return words(subject, `paid in ${time}${flown}${also}`, 'good', sum);
    const [why, code] = tornWords(touch);
    return words(subject, `paid${flown}, and then torn: ${why}${also}`, 'odd', sum, code);
  }
  return words(subject, finished.length > 0 ? `resumed in ${time}${also}` : 'nothing was open', 'good', sum);
}

function finishedWords({ amount, void: why, wasTaken }: Finished, money: Money): string {
  if (why !== undefined)
    return `; ${money(amount)} from before is void, and goes back (${refusalWords(why)})`;
  return wasTaken
    ? `; ${money(amount)} from before had been taken then: now its payer knows`
    : `; ${money(amount)} from before is taken now`;
}

/** What the next touch of the two finishes, or that it need not, though nobody at the terminal was told. */
function openWords({ open, outcome, isDone, from, to, amount }: TouchEvent, money: Money): string {
  if (outcome === 'torn' && isDone && open.length === 0)
    return `; ${to} has the ${money(amount)}, and ${from} knows`;
  return open
    .map(({ from, to, amount, isTaken }) =>
      isTaken
        ? `; ${to} has the ${money(amount)}, and ${from} has it in flight until they touch again`
        : `; ${money(amount)} is in flight until they touch again`,
    )
    .join('');
}

/** Why, and its code. */
function tornWords({ tear, fault, refused }: TouchEvent): [string, string] {
  if (tear) return [`${tear.what} at byte ${count(tear.airByte)} on the air`, 'torn'];
  if (fault !== undefined) return [`the terminal saw: ${faultWords(fault)}`, fault];
  return refused
    ? [`the ${refused.by}: ${refusalWords(refused.why)}`, refused.why]
    : ['no answer came', 'torn'];
}

function syncWords(event: SyncEvent, money: Money): EventWords {
  const { who, outcome, messages, detail, before, after } = event;
  const subject = `${who} ${{ sync: 'syncs', load: 'loads', unload: 'unloads', give: 'is given' }[event.do]}`;
  if (outcome === 'torn') {
    return words(subject, `torn after ${messages} messages`, 'odd', event.amount, 'torn');
  }
  if (outcome === 'failed') {
    return words(
      subject,
      `the bank does not go on with this device (${detail})`,
      'odd',
      event.amount,
      'failed',
    );
  }
  if (outcome === 'refused') return words(subject, 'refused by the bank', 'odd', event.amount, detail);
  const settled = before.received > 0 ? `${money(before.received)} received is settled; ` : '';
  const account = after.account === undefined ? '' : `, and has ${money(after.account)} in the account`;
  return words(subject, `${settled}holds ${money(after.held)}${account}`, 'good', event.amount);
}

function pressWords({ who, button, isHeld, agreed, screen = [] }: PressEvent): EventWords {
  const subject = `${who} ${isHeld ? 'holds' : 'presses'} ${button ?? 'the button'}`;
  if (agreed === undefined) return words(subject, `it shows: ${screen.filter((line) => line).join(' · ')}`);
  return agreed
    ? words(subject, 'agreed', 'good')
    : words(subject, 'nothing asks for it', 'odd', undefined, 'nothing');
}
