import type { Step } from '../../scenario/scenario.js';
import type { WallTime } from '../../words.js';
import type { PageView } from '../view.js';

interface Props {
  readonly view: PageView;
  readonly time: WallTime;
  play(step: Step): void;
  save(): void;
}

/** The town as a whole: its clock, its bank's day, the session. */
export function TownBar({ view, time, play, save }: Props) {
  return (
    <header class="bar">
      <h1>tapnote</h1>
      <p class="about">
        A town that pays by touch. Firmware, chips and bank run here, in this page, with practice money.
      </p>
      <p class="clock">
        {time.date(view.time_s)} <b>{time.time(view.time_s)}</b> · step {view.steps}
      </p>
      <div class="buttons">
        <button type="button" onClick={() => play({ do: 'wait', for: '1h' })}>
          1 hour later
        </button>
        <button type="button" onClick={() => play({ do: 'wait', for: '1d' })}>
          1 day later
        </button>
        <button type="button" onClick={() => play({ do: 'settle' })}>
          The bank settles
        </button>
        <button type="button" onClick={save}>
          Save the session
        </button>
      </div>
    </header>
  );
}
