import { t } from '../../texts/language.js';
import type { Fault } from '../messages.js';
import type { EventWords } from './event-words.js';

interface Props {
  readonly told: readonly EventWords[];
  readonly fault: Fault | undefined;
  money(minor: number): string;
}

/** What came of the last thing that was done. */
export function Outcome({ told, fault, money }: Props) {
  return (
    <section class="outcomes" aria-label={t`Outcome`} aria-live="polite">
      {fault ? (
        <p class="outcome bad">
          {fault.message} <code>[{fault.code}]</code>
        </p>
      ) : told.length === 0 ? (
        <p class="outcome">{t`The town is open. Choose who pays whom, and let them touch.`}</p>
      ) : (
        told.map(({ subject, amount, result, tone, code }) => (
          <p class={`outcome ${tone}`} key={subject + result}>
            <b>
              {subject}
              {amount !== undefined && ` ${money(amount)}`}
            </b>{' '}
            {result} {code !== undefined && <code>[{code}]</code>}
          </p>
        ))
      )}
    </section>
  );
}
