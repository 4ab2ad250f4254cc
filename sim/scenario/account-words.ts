/** What happens about accounts, in a line: the same on the page and in the story of the command. */
import { CODE_REFUSALS, codeRefusalCode, codeRefusalWords } from '../account/refusal-words.js';
import { t } from '../texts/language.js';
import { refusalWords, refusedBy } from '../words.js';
import type { AccountEvent, BillEvent, JourneyStanding, UploadEvent } from './account-events.js';

export interface AccountWords {
  readonly subject: string;
  /** Minor units; undefined where there is none. */
  readonly amount: number | undefined;
  readonly result: string;
  readonly tone: 'good' | 'odd' | 'plain';
  /** What to look up; undefined when all is well. */
  readonly code: string | undefined;
}

type Told = Exclude<AccountEvent, { kind: 'code' | 'accounts' | 'journeys' }>;

const words = (
  subject: string,
  result: string,
  tone: AccountWords['tone'] = 'plain',
  amount?: number,
  code?: string,
): AccountWords => ({ subject, amount, result, tone, code });

export function accountWords(event: Told, money: (minor: number) => string): AccountWords {
  switch (event.kind) {
    case 'noCode':
      return words(
        t`${event.who} gets no code`,
        t`refused by the bank: ${event.refused}`,
        'odd',
        undefined,
        event.refused,
      );
    case 'bill':
      return billWords(event);
    case 'upload':
      return uploadWords(event);
    case 'deposit': {
      const rest =
        event.recovered > 0 ? t`, ${money(event.recovered)} of it pays back what was advanced` : '';
      return words(t`${event.who} pays in`, t`in the account${rest}`, 'good', event.amount);
    }
    case 'leave':
      if (event.refused !== undefined)
        return words(
          t`${event.who} wants to leave`,
          t`refused by the bank: ${event.refused}`,
          'odd',
          undefined,
          event.refused,
        );
      return words(
        t`${event.who} leaves`,
        event.state === 'left' ? t`no bill can come any more` : t`bills may still come`,
      );
    case 'pool':
      return event.up
        ? words(t`the site’s own network`, t`is back: its terminals count together`)
        : words(t`the site’s own network`, t`is down: each terminal counts alone`, 'odd');
  }
}

function billWords({ means, by, way, at, who, amount, refused }: BillEvent): AccountWords {
  const subject = billSubject(means, way, at, who);
  if (refused !== undefined && by === 'card')
    return words(subject, refusedBy('card', refusalWords(refused)), 'odd', amount, refused);
  if (refused !== undefined) {
    const refusal = CODE_REFUSALS[refused];
    return words(subject, t`refused: ${codeRefusalWords(refusal)}`, 'odd', amount, codeRefusalCode(refusal));
  }
  if (way === undefined) return words(subject, t`billed, and deducted later`, 'good', amount);
  return words(subject, t`booked with the maximum fare; the journey is found later`, 'good', amount);
}

function billSubject(means: BillEvent['means'], way: BillEvent['way'], at: string, who: string): string {
  if (way === 'in') return t`${who} goes in: ${at}`;
  if (way === 'out') return t`${who} goes out: ${at}`;
  if (means === 'card') return t`${who} puts the card to ${at}`;
  return means === 'face' ? t`${at} looks at the face of ${who}` : t`${at} scans the code of ${who}`;
}

function uploadWords({ at, taken, amount, asides }: UploadEvent): AccountWords {
  const subject = t`${at} uploads`;
  if (asides.length === 0) return words(subject, t`bills deducted: ${taken}`, 'good', amount);
  const why = [...new Set(asides)].join(', ');
  return words(subject, t`bills: ${taken}; set aside: ${asides.length} (${why})`, 'odd', amount, why);
}

/** From where to where. */
export const journeyWords = ({ from, to }: JourneyStanding): string =>
  `${from ?? `(${t`no entry seen`})`} → ${to ?? `(${t`no exit seen`})`}`;
