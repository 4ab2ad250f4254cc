import type { AccountStanding, JourneyStanding } from '../../../sim/scenario/account-events.js';
import { journeyWords } from '../../../sim/scenario/account-words.js';
import { t } from '../../../sim/texts/language.js';
import type { WallTime } from '../../../sim/words.js';
import { table } from '../output/table.js';
import type { Output } from '../output/terminal-output.js';
import { MARGIN } from '../output/text.js';

type Money = (minor: number) => string;

/** Who has what at the bank, and owes what. */
export function tellAccounts(out: Output, money: Money, accounts: readonly AccountStanding[]): void {
  const head = ['', t`in the account`, t`owes`, t`credit record`];
  const rows = accounts.map(({ name, has, owes, record }) => [
    name,
    money(has),
    owes > 0 ? money(owes) : '',
    record.join(', '),
  ]);
  for (const line of table([head, ...rows])) out.line((MARGIN + line).trimEnd());
}

/** What the taps of a user come to. */
export function tellJourneys(
  out: Output,
  money: Money,
  time: WallTime,
  journeys: readonly JourneyStanding[],
): void {
  const head = [t`journey`, t`began`, t`fare`, t`charged`];
  const rows = journeys.map((journey) => [
    journeyWords(journey),
    time.time(journey.time_s),
    money(journey.fare),
    money(journey.charge),
  ]);
  for (const line of table([head, ...rows])) out.line(MARGIN + line);
}
