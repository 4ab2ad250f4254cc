import type { StoryEvent } from '../../scenario/events.js';
import type { WallTime } from '../../words.js';
import { eventWords } from './event-words.js';

interface Props {
  /** Newest first. */
  readonly events: readonly StoryEvent[];
  money(minor: number): string;
  readonly time: WallTime;
}

/** Everything that happened, a line each. */
export function Story({ events, money, time }: Props) {
  return (
    <ol class="story">
      {events.map((event, i) => {
        const told = eventWords(event, money);
        if (!told) return null;
        const { subject, amount, result, tone, code } = told;
        return (
          <li key={events.length - i}>
            <time>{time.time(event.time_s)}</time> <b>{subject}</b> {amount !== undefined && money(amount)}{' '}
            <span class={tone}>{result}</span> {code !== undefined && <code>[{code}]</code>}
          </li>
        );
      })}
    </ol>
  );
}
