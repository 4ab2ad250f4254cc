import type { Step } from '../../scenario/scenario.js';
import type { WallTime } from '../../words.js';
import { GALLERY_NAMES } from '../gallery-names.js';
import type { Fault, Opening } from '../messages.js';
import type { PageView } from '../view.js';

const FRESH = 'fresh';
const FRESH_SEED = 1;

interface Props {
  readonly view: PageView;
  readonly time: WallTime;
  play(step: Step): void;
  save(): void;
  open(opening: Opening): void;
  fail(fault: Fault): void;
}

/** The town as a whole: its clock, its bank's day, the session. */
export function TownBar({ view, time, play, save, open, fail }: Props) {
  const openFile = (file: File | undefined): void => {
    const unread = { code: 'file-unread', message: 'The file could not be read.' };
    file?.text().then(
      (text) => open({ file: file.name, text }),
      () => fail(unread),
    );
  };
  return (
    <header class="bar">
      <h1>tapnote</h1>
      <p class="about">
        A town that pays by touch. Firmware, chips and bank run here, in this page, with practice money.
      </p>
      <p class="clock">
        {time.date(view.time_s)} <b>{time.time(view.time_s)}</b> · step {view.steps} · seed {view.seed}
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
        <select
          aria-label="Open a town"
          value=""
          onChange={({ currentTarget: { value } }) => {
            const scenario = GALLERY_NAMES.find((name) => name === value);
            if (value === FRESH) open({ seed: FRESH_SEED });
            else if (scenario) open({ scenario });
          }}
        >
          <option value="">Open a town …</option>
          <option value={FRESH}>the first one, anew</option>
          {GALLERY_NAMES.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
        <label class="file">
          Open a session
          <input
            type="file"
            accept=".json,application/json"
            onChange={({ currentTarget }) => openFile(currentTarget.files?.[0])}
          />
        </label>
      </div>
    </header>
  );
}
