import type { Step } from '../../scenario/scenario.js';
import { LANGUAGES, type Language, language, t } from '../../texts/language.js';
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
  say(language: Language): void;
}

/** The town as a whole: its clock, its bank's day, the session. */
export function TownBar({ view, time, play, save, open, fail, say }: Props) {
  const openFile = (file: File | undefined): void => {
    const unread = { code: 'file-unread', message: t`The file could not be read.` };
    file?.text().then(
      (text) => open({ file: file.name, text }),
      () => fail(unread),
    );
  };
  return (
    <header class="bar">
      <h1>tapnote</h1>
      <p class="about">
        {t`A town that pays by touch. Firmware, chips and bank run here, in this page, with practice money.`}
      </p>
      <p class="clock">
        {time.date(view.time_s)} <b>{time.time(view.time_s)}</b> · {t`step ${view.steps} · seed ${view.seed}`}
      </p>
      <div class="buttons">
        <button type="button" onClick={() => play({ do: 'wait', for: '1h' })}>
          {t`1 hour later`}
        </button>
        <button type="button" onClick={() => play({ do: 'wait', for: '1d' })}>
          {t`1 day later`}
        </button>
        <button type="button" onClick={() => play({ do: 'settle' })}>
          {t`The bank settles`}
        </button>
        <button type="button" onClick={save}>
          {t`Save the session`}
        </button>
        <select
          aria-label={t`Open a town`}
          value=""
          onChange={({ currentTarget: { value } }) => {
            const scenario = GALLERY_NAMES.find((name) => name === value);
            if (value === FRESH) open({ seed: FRESH_SEED });
            else if (scenario) open({ scenario });
          }}
        >
          <option value="">{t`Open a town …`}</option>
          <option value={FRESH}>{t`the first one, anew`}</option>
          {GALLERY_NAMES.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
        {Object.entries(LANGUAGES).map(
          ([code, name]) =>
            code !== language() && (
              <button type="button" key={code} lang={code} onClick={() => say(code as Language)}>
                {name}
              </button>
            ),
        )}
        <label class="file">
          {t`Open a session`}
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
