/** What happened, in a line: who, how much, and what came of it. */
import { TagFault } from '../../../firmware/tag/tag-fault.js';
import { accountWords } from '../../scenario/account-words.js';
import type { Finished, PressEvent, StoryEvent, SyncEvent, TouchEvent } from '../../scenario/events.js';
import { tagFaultWords } from '../../tag/fault-words.js';
import { t } from '../../texts/language.js';
import {
  count,
  duration,
  faultWords,
  milliseconds,
  pressSubject,
  refusalWords,
  refusedBy,
  saidBy,
  syncSubject,
  tearWords,
} from '../../words.js';

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
        t`The flash of ${event.who} is copied`,
        t`there are two now: ${event.as} has the same money`,
        'odd',
        event.held,
      );
    case 'network': {
      const whose = event.who === undefined ? t`Everybody` : event.who.join(', ');
      return words(whose, event.up ? t`has network` : t`has no network`, event.up ? 'plain' : 'odd');
    }
    case 'power':
      return words(
        event.who.join(', '),
        event.on ? t`is switched on` : t`is switched off`,
        event.on ? 'plain' : 'odd',
      );
    case 'wait':
      return words(t`${duration(event.seconds)} go by`, '');
    case 'code': {
      const until = t`valid for ${duration(event.until_s - event.time_s)}`;
      return words(t`${event.who} shows code ${event.counter}`, until, 'plain', event.amount);
    }
    case 'tag':
      return words(
        t`A tag hangs at ${event.at}`,
        event.by === event.at ? t`signed by its device` : t`signed by ${event.by}`,
        event.by === event.at ? 'plain' : 'odd',
        event.amount,
      );
    case 'tap': {
      const subject = t`${event.who} taps the tag at ${event.at}`;
      if (event.payee !== undefined) return words(subject, t`it shows ${event.payee}`, 'good', event.amount);
      const why = event.refused;
      return why === undefined
        ? words(subject, t`not read to its end`, 'odd')
        : words(subject, t`refused: ${tagFaultWords(TagFault[why])}`, 'odd', undefined, `tag-${why}`);
    }
    case 'bill':
    case 'noCode':
    case 'upload':
    case 'deposit':
    case 'leave':
    case 'pool':
      return accountWords(event, money);
    case 'lost':
      return words(t`${event.who} reports a loss`, t`the bank stops the device`, 'odd');
    case 'payOut':
      return event.paid === undefined
        ? words(t`The password of ${event.who} is given`, t`refused: ${event.refused}`, 'odd')
        : words(t`The password of ${event.who} is given`, t`paid out in cash`, 'good', event.paid);
    case 'settle':
      return event.returned > 0
        ? words(t`The bank settles`, t`unclaimed, and comes back`, 'good', event.returned)
        : words(t`The bank settles`, t`nothing is due`);
    case 'accused':
      return words(
        t`The bank names ${event.who}`,
        t`spent twice: proof by ${event.proof}, ${count(event.bytes.length / 2)} bytes, ${
          event.verified ? t`verified with the root’s public key alone` : t`which does not verify`
        }`,
        'bad',
        undefined,
        event.proof,
      );
    case 'violation':
      return words(t`Not as it must be`, event.message, 'bad', undefined, event.what);
    default:
      return undefined;
  }
}

function touchWords(touch: TouchEvent, money: Money): EventWords {
  const { outcome, refused, cost, finished, amount, again, wasPaid } = touch;
  const subject =
    touch.do === 'resume'
      ? t`${touch.card} touches ${touch.terminal}`
      : `${touch.from} → ${touch.to}${again ? t`, again` : ''}`;
  const sum = amount > 0 ? amount : undefined;
  if (wasPaid) {
    const left = openWords(touch, money);
    const brought = finished.map((each) => finishedWords(each, money)).join('');
    return words(subject, t`it was paid before${brought + left}`, left === '' ? 'plain' : 'odd', sum);
  }
  // What an order was torn from is the payment itself, and told as such.
  const before = again && outcome === 'paid' ? finished.slice(1) : finished;
  const also = before.map((each) => finishedWords(each, money)).join('') + openWords(touch, money);
  if (outcome === 'torn') {
    const [why, code] = tornWords(touch);
    return words(subject, t`torn: ${why}${also}`, 'odd', sum, code);
  }
  if (refused?.by === 'card' && refused.why === 'button') {
    return words(subject, t`the card asks for its button${also}`, 'odd', sum, refused.why);
  }
  if (refused) {
    const why = `${refusalWords(refused.why)}${also}`;
    return words(subject, refusedBy(refused.by, why), 'odd', sum, refused.why);
  }
  const time = milliseconds(cost.total_us);
  if (outcome === 'paid') {
    const flown = again && finished.length > 0 ? t`, by what was in flight` : '';
    const isTorn = touch.tear ? cost.airBytes >= touch.tear.airByte : touch.fault !== undefined;
    if (!isTorn) return words(subject, t`paid in ${time}${flown}${also}`, 'good', sum);
    const [why, code] = tornWords(touch);
    return words(subject, t`paid${flown}, and then torn: ${why}${also}`, 'odd', sum, code);
  }
  return words(
    subject,
    finished.length > 0 ? t`resumed in ${time}${also}` : t`nothing was open`,
    'good',
    sum,
  );
}

function finishedWords({ amount, void: why, wasTaken }: Finished, money: Money): string {
  if (why !== undefined)
    return t`; ${money(amount)} from before is void, and goes back (${refusalWords(why)})`;
  return wasTaken
    ? t`; ${money(amount)} from before had been taken then: now its payer knows`
    : t`; ${money(amount)} from before is taken now`;
}

/** What the next touch of the two finishes, or that it need not, though nobody at the terminal was told. */
function openWords({ open, outcome, isDone, from, to, amount }: TouchEvent, money: Money): string {
  if (outcome === 'torn' && isDone && open.length === 0)
    return t`; ${to} has the ${money(amount)}, and ${from} knows`;
  return open
    .map(({ from, to, amount, isTaken }) =>
      isTaken
        ? t`; ${to} has the ${money(amount)}, and ${from} has it in flight until they touch again`
        : t`; ${money(amount)} is in flight until they touch again`,
    )
    .join('');
}

/** Why, and its code. */
function tornWords({ tear, fault, refused }: TouchEvent): [string, string] {
  if (tear) return [t`${tearWords(tear.what)} at byte ${count(tear.airByte)} on the air`, 'torn'];
  if (fault !== undefined) return [t`the terminal saw: ${faultWords(fault)}`, fault];
  if (!refused) return [t`no answer came`, 'torn'];
  const why = refusalWords(refused.why);
  return [saidBy(refused.by, why), refused.why];
}

function syncWords(event: SyncEvent, money: Money): EventWords {
  const { who, outcome, messages, detail, before, after } = event;
  const subject = syncSubject(event.do, who);
  if (outcome === 'torn') {
    return words(subject, t`torn after ${messages} messages`, 'odd', event.amount, 'torn');
  }
  if (outcome === 'failed') {
    return words(
      subject,
      t`the bank does not go on with this device (${detail})`,
      'odd',
      event.amount,
      'failed',
    );
  }
  if (outcome === 'refused') return words(subject, t`refused by the bank`, 'odd', event.amount, detail);
  const settled = before.received > 0 ? t`${money(before.received)} received is settled; ` : '';
  const account = after.account === undefined ? '' : t`, and has ${money(after.account)} in the account`;
  return words(subject, t`${settled}holds ${money(after.held)}${account}`, 'good', event.amount);
}

function pressWords({ who, button, isHeld, agreed, screen = [] }: PressEvent): EventWords {
  const subject = pressSubject({ who, button, isHeld });
  if (agreed === undefined) return words(subject, t`it shows: ${screen.filter((line) => line).join(' · ')}`);
  return agreed
    ? words(subject, t`agreed`, 'good')
    : words(subject, t`nothing asks for it`, 'odd', undefined, 'nothing');
}
