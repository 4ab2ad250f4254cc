import { inMajor } from '../../../firmware/ui/money.js';
import type { Step, TearCause } from '../../scenario/scenario.js';
import { inWords, t, texts } from '../../texts/language.js';
import { count, moneyFormat } from '../../words.js';
import type { Fault } from '../messages.js';
import type { Rehearsal } from '../session.js';
import type { GaugeName, PageView } from '../view.js';
import { minorOf } from './amount.js';

/** What the form says. */
export interface Plan {
  readonly by: 'pay' | 'push';
  readonly from: string;
  readonly to: string;
  readonly amount: string;
  readonly pin: string;
  /** What goes wrong, at which byte on the air; undefined for nothing. */
  readonly what: TearCause | undefined;
  readonly byte: number;
}

interface Props {
  readonly plan: Plan;
  setPlan(plan: Plan): void;
  readonly view: PageView;
  /** Undefined when nothing is to go wrong, and for a touch that cannot be. */
  readonly rehearsal: Rehearsal | undefined;
  /** False while a rehearsal is waited for: which byte is meant is not known before. */
  readonly isRehearsed: boolean;
  play(step: Step): void;
  fail(fault: Fault): void;
}

/** Minor units: what the form begins with. */
export const EXAMPLE = 1_250;

const CAUSES: readonly TearCause[] = ['hand away', 'card power', 'terminal power'];
const CAUSE_WORDS: Readonly<Record<TearCause, string>> = texts({
  'hand away': 'the hand is pulled away',
  'card power': 'the card loses power',
  'terminal power': 'the terminal loses power',
});

/** The touch that the form says; a fault when its amount is none. */
export function touchOf(
  { by, from, to, amount: text, pin, what, byte }: Plan,
  currency: string,
): Step | Fault {
  const amount = minorOf(text, currency);
  if (amount === undefined)
    return { code: 'amount', message: t`Write an amount such as ${inMajor(EXAMPLE, currency)}.` };
  const said = { from, to, amount, ...(pin !== '' && { pin }) };
  return what === undefined ? { do: by, ...said } : { do: 'tear', by, ...said, what, at: { byte } };
}

/** Who touches whom, for how much, and what goes wrong. */
export function TouchForm({ plan, setPlan, view, rehearsal, isRehearsed, play, fail }: Props) {
  const set = (change: Partial<Plan>): void => setPlan({ ...plan, ...change });
  const names = view.devices.map(({ name }) => name);
  const [terminal, card] = plan.by === 'pay' ? [plan.to, plan.from] : [plan.from, plan.to];
  const bytes = rehearsal?.bytes ?? plan.byte;
  const byte = Math.min(plan.byte, bytes);
  /** A PIN is typed for one touch. */
  const playWithPin = (stepWith: (pin: { readonly pin?: string }) => Step): void => {
    play(stepWith(plan.pin === '' ? {} : { pin: plan.pin }));
    set({ pin: '' });
  };
  const touch = (event: Event): void => {
    event.preventDefault();
    const step = touchOf({ ...plan, byte }, view.currency);
    if ('code' in step) return fail(step);
    play(step);
    set({ pin: '' });
  };
  return (
    <form class="touch" aria-label={t`A touch`} onSubmit={touch}>
      <Choice
        label={t`Who pays`}
        name="from"
        value={plan.from}
        names={names}
        onChoose={(from) => set({ from })}
      />
      <button
        type="button"
        class="swap"
        aria-label={t`Swap payer and payee`}
        onClick={() => set({ from: plan.to, to: plan.from })}
      >
        ⇄
      </button>
      <Choice label={t`Who is paid`} name="to" value={plan.to} names={names} onChoose={(to) => set({ to })} />
      <label>
        <span>{t`Amount, ${view.currency}`}</span>
        <input
          name="amount"
          inputMode="decimal"
          autocomplete="off"
          value={plan.amount}
          onInput={({ currentTarget }) => set({ amount: currentTarget.value })}
        />
      </label>
      <label>
        <span>{t`PIN, if asked`}</span>
        <input
          name="pin"
          type="password"
          inputMode="numeric"
          autocomplete="off"
          value={plan.pin}
          onInput={({ currentTarget }) => set({ pin: currentTarget.value })}
        />
      </label>
      <fieldset class="way">
        <legend>{t`Whose is the terminal`}</legend>
        {(['pay', 'push'] as const).map((by) => (
          <label key={by}>
            <input type="radio" name="by" checked={plan.by === by} onChange={() => set({ by })} />
            {by === 'pay' ? t`the payee’s` : t`the payer’s`}
          </label>
        ))}
      </fieldset>
      <div class="go">
        <button type="submit" class="main" disabled={!isRehearsed}>
          {t`Touch`}
        </button>
        <button type="button" onClick={() => playWithPin((pin) => ({ do: 'again', ...pin }))}>
          {t`Touch again`}
        </button>
        <button type="button" onClick={() => play({ do: 'resume', terminal, card })}>
          {t`Only finish what is open`}
        </button>
      </div>
      <fieldset class="tear">
        <legend>{t`What goes wrong`}</legend>
        <label class="cause">
          <span class="hidden">{t`What goes wrong`}</span>
          <select
            name="what"
            value={plan.what ?? ''}
            onChange={({ currentTarget: { value } }) =>
              set({ what: CAUSES.find((cause) => cause === value) })
            }
          >
            <option value="">{t`nothing`}</option>
            {CAUSES.map((cause) => (
              <option key={cause} value={cause}>
                {inWords(CAUSE_WORDS[cause])}
              </option>
            ))}
          </select>
        </label>
        <label class="byte">
          <span class="hidden">{t`At which byte on the air`}</span>
          <input
            type="range"
            name="byte"
            min={1}
            max={bytes}
            value={byte}
            disabled={plan.what === undefined}
            aria-valuetext={t`byte ${byte} of ${bytes}, ${phaseAt(rehearsal, byte)}`}
            onInput={({ currentTarget }) => set({ byte: Number(currentTarget.value) })}
          />
        </label>
        <output class="where">{whereWords({ plan, rehearsal, isRehearsed }, byte)}</output>
      </fieldset>
      <p class="hint">
        {consentWords(plan.from, view)} {t`A device that is dragged onto another pays it this amount.`}
      </p>
    </form>
  );
}

/** What the payer's own limits make the payer do. */
function consentWords(who: string, view: PageView): string {
  const device = view.devices.find(({ name }) => name === who);
  const gauges = device?.gauges ?? [];
  const money = moneyFormat(view.currency);
  const upTo = (name: GaugeName): string => {
    const most = gauges.find((gauge) => gauge.name === name)?.most;
    return most === undefined ? t`any sum` : money(most);
  };
  const isCopy = device?.kind === 'copy';
  const none = isCopy ? t`${who} has the PIN of the card that was copied.` : t`${who} has no PIN.`;
  const pin = device?.pin === undefined ? none : t`${who}’s PIN is ${device.pin}.`;
  const unasked = upTo('one payment, without asking');
  const byButton = upTo('one payment, by the button');
  const limits = t`Up to ${unasked} ${who} pays without being asked; up to ${byButton} the device wants its button, above that the PIN.`;
  return `${pin} ${limits}`;
}

function phaseAt(rehearsal: Rehearsal | undefined, byte: number): string {
  const phase = rehearsal?.phases.find(({ from, to }) => byte >= from && byte <= to);
  return phase?.name ?? t`between the messages`;
}

type Where = Pick<Props, 'plan' | 'rehearsal' | 'isRehearsed'>;

function whereWords({ plan: { what }, rehearsal, isRehearsed }: Where, byte: number): string {
  if (what === undefined) return t`The touch goes through to its end.`;
  if (!rehearsal) return isRehearsed ? t`This touch cannot be.` : t`The touch is rehearsed …`;
  return t`at byte ${count(byte)} of ${count(rehearsal.bytes)}: ${phaseAt(rehearsal, byte)}`;
}

interface ChoiceProps {
  readonly label: string;
  readonly name: 'from' | 'to';
  readonly value: string;
  readonly names: readonly string[];
  onChoose(name: string): void;
}

function Choice({ label, name: field, value, names, onChoose }: ChoiceProps) {
  return (
    <label>
      <span>{label}</span>
      <select name={field} value={value} onChange={({ currentTarget }) => onChoose(currentTarget.value)}>
        {names.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
