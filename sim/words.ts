import { Ins } from '../firmware/protocol/apdu.js';
import type { HistoryKind } from '../firmware/protocol/history.js';
import { decimalsOf } from '../firmware/ui/money.js';
import { codeName } from './code-name.js';
import type { PressEvent, SyncEvent } from './scenario/events.js';
import type { RefusalName, TearCause } from './scenario/scenario.js';
import { inWords, language, t, texts } from './texts/language.js';

/** What each refusal means, for somebody who reads the story. */
const REFUSAL_WORDS: Readonly<Record<RefusalName, string>> = texts({
  notActive: 'not ready: it has never synced',
  suspended: 'the bank has stopped it',
  expired: 'its certificate has run out',
  offlineCount: 'too many payments since its last sync',
  offlineDuration: 'too long since its last sync, or the other’s clock is too far ahead',
  full: 'no room left: it must sync first',
  unreadable: 'has a note that its flash does not give back: once more',
  emptyFirst: 'must sync first: it has kept what it received for as long as it may',
  noAccount: 'has no account that pays now: a sync brings its certificate',
  stopped: 'its journal does not read: only its bank can help',
  unsound: 'its firmware would not read this back: nothing was written',
  unwritable: 'its flash does not take writes any more',
  certificate: 'no certificate that it trusts',
  certificateExpired: 'the other certificate has run out',
  hotListed: 'the other device is on the hot list',
  operator: 'the other operator is not on its list',
  counterparty: 'too much with this one counterparty',
  self: 'it cannot pay itself',
  mismatch: 'not what was agreed',
  invoiceExpired: 'the invoice is dated too long ago',
  insufficient: 'not enough money',
  paymentLimit: 'too much for one payment',
  dayLimit: 'too much for one day',
  balanceLimit: 'more than it may hold',
  receivedLimit: 'too much value received and not yet synced',
  categoryLimit: 'not at this kind of merchant',
  note: 'a note is not good',
  moneyExpired: 'the money has run out',
  signature: 'a signature is wrong',
  purpose: 'money for another payee, purpose or place',
  fragmented: 'enough money, but not of one kind',
  noteHeld: 'it holds a note of this number already',
  currency: 'a note of another currency',
  tierLimit: 'too much for who is so little known',
  button: 'waits for its button',
  pin: 'wants the PIN',
  pinLocked: 'its PIN is locked',
  resume: 'an earlier payment is open',
  settledSince: 'settled since: the bank has the answer',
  nothing: 'nothing is open',
  notSold: 'it is more than what is left of its purchases here',
  paid: 'paid already',
  order: 'too late for that',
  malformed: 'not understood',
});

export const refusalWords = (name: string): string =>
  inWords((REFUSAL_WORDS as Readonly<Record<string, string>>)[name] ?? name);

type Side = 'card' | 'terminal';

/** "refused by the card: not enough money" */
export const refusedBy = (by: Side, why: string): string =>
  by === 'card' ? t`refused by the card: ${why}` : t`refused by the terminal: ${why}`;

/** "the card: not enough money" */
export const saidBy = (by: Side, what: string): string =>
  by === 'card' ? t`the card: ${what}` : t`the terminal: ${what}`;

/** What keeps a touch from beginning, where its code alone would not say it. */
const FAULT_WORDS: Readonly<Record<string, string>> = texts({
  foreign: 'a card that is not one of ours',
  crowd: 'more than one wallet',
  relay: 'an answer that takes too long, as if the card were elsewhere',
  version: 'a wallet that speaks another version',
});
export const faultWords = (code: string): string => inWords(FAULT_WORDS[code] ?? code);

/** What tears a touch. */
const TEAR_WORDS: Readonly<Record<TearCause, string>> = texts({
  'hand away': 'hand away',
  'card power': 'card power',
  'terminal power': 'terminal power',
});
export const tearWords = (what: TearCause): string => inWords(TEAR_WORDS[what]);

/** "Mei presses the button" */
export function pressSubject({ who, button, isHeld }: Pick<PressEvent, 'who' | 'button' | 'isHeld'>): string {
  const what = button ?? t`the button`;
  return isHeld ? t`${who} holds ${what}` : t`${who} presses ${what}`;
}

/** "Mei syncs" */
export function syncSubject(what: SyncEvent['do'], who: string): string {
  if (what === 'load') return t`${who} loads`;
  if (what === 'give') return t`${who} is given`;
  return what === 'unload' ? t`${who} unloads` : t`${who} syncs`;
}

const whole = new Intl.NumberFormat('en-GB');
export const count = (value: number): string => whole.format(Math.round(value));

const oneDigit = new Intl.NumberFormat('en-GB', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
/** Microseconds as milliseconds. */
export const milliseconds = (us: number): string => `${oneDigit.format(us / 1000)} ms`;

/** 1250 → "12.50", with as many decimals as the currency has. */
export function moneyFormat(currency: string): (minor: number) => string {
  const digits = decimalsOf(currency);
  const format = new Intl.NumberFormat('en-GB', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return (minor) => format.format(minor / 10 ** digits);
}

/** 1250 → "12.50 CNY" */
export const moneyText = (minor: number, currency: string): string =>
  `${moneyFormat(currency)(minor)} ${currency}`;

const UNITS: readonly (readonly [number, (units: number) => string])[] = [
  [86_400, (days) => (days === 1 ? t`1 day` : t`${days} days`)],
  [3_600, (hours) => (hours === 1 ? t`1 hour` : t`${hours} hours`)],
  [60, (minutes) => (minutes === 1 ? t`1 minute` : t`${minutes} minutes`)],
  [1, (seconds) => (seconds === 1 ? t`1 second` : t`${seconds} seconds`)],
];

/** 5400 → "1 hour 30 minutes". */
export function duration(seconds: number): string {
  const parts: string[] = [];
  let left = seconds;
  for (const [unit_s, words] of UNITS) {
    const units = Math.floor(left / unit_s);
    left -= units * unit_s;
    if (units > 0) parts.push(words(units));
  }
  return parts.join(' ') || t`no time`;
}

/** Unix seconds as "2026-05-16T02:42:17Z". */
export const utc = (time_s: number): string => new Date(time_s * 1_000).toISOString().replace('.000', '');

const OFFSET = /([+-])(\d\d):(\d\d)$/;

/** By how much the local time of an ISO 8601 date is ahead of UTC, seconds. */
export function utcOffset_s(start: string): number {
  const [, sign, hours, minutes] = OFFSET.exec(start) ?? [];
  return sign ? (sign === '-' ? -60 : 60) * (Number(hours) * 60 + Number(minutes)) : 0;
}

/** The clock on the wall where the scenario plays: its start says how far that is from UTC. */
export class WallTime {
  readonly #offset_s: number;
  /** As in "UTC+08:00". */
  readonly zone: string;

  constructor(start: string) {
    const [, sign, hours, minutes] = OFFSET.exec(start) ?? [];
    this.#offset_s = utcOffset_s(start);
    this.zone = sign ? `UTC${sign}${hours}:${minutes}` : 'UTC';
  }

  #iso(time_s: number): string {
    return new Date((time_s + this.#offset_s) * 1000).toISOString();
  }

  /** "10:42:17" */
  time(time_s: number): string {
    return this.#iso(time_s).slice(11, 19);
  }

  /** "Saturday 16 May 2026" */
  date(time_s: number): string {
    const locale = language() === 'zh' ? 'zh-CN' : 'en-GB';
    const format = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeZone: 'UTC' });
    return format.format((time_s + this.#offset_s) * 1000).replace(',', '');
  }
}

/** What a line of an owner's history tells of. */
const HISTORY_WORDS: Readonly<Record<keyof typeof HistoryKind, string>> = texts({
  out: 'paid to',
  in: 'received',
  refused: 'not taken',
  answer: 'receipt',
  settled: 'synced',
});
export const historyWords = (kind: keyof typeof HistoryKind): string => inWords(HISTORY_WORDS[kind]);

/** As `codeName`; the number where it has no name. */
export const nameOf = (codes: Readonly<Record<string, number>>, code: number): string =>
  codeName(codes, code) ?? `${code}`;

/** An instruction as PROTOCOL.md writes it: 0x20 is "MAKE KEYS". */
export const instructionName = (ins: number): string => nameOf(Ins, ins).replaceAll('-', ' ').toUpperCase();
