import { useLayoutEffect, useMemo, useState } from 'preact/hooks';
import { inWords, t, texts } from '../../texts/language.js';
import { count, milliseconds } from '../../words.js';
import type { ApduView, Busy, Lane, TouchView } from '../touch-view.js';
import { Head } from './head.js';
import { States } from './states.js';

const OUTCOMES: Readonly<Record<TouchView['event']['outcome'], string>> = texts({
  paid: 'paid',
  resumed: 'resumed',
  refused: 'refused',
  torn: 'torn',
});
const TICK_STEPS_MS = [5, 10, 20, 50, 100, 200, 500];
const TICKS_MAX = 8;
/** A command of the payment is named in the picture when it takes at least this share of the touch. */
const NAMED_SHARE = 0.09;

/** The touch as two timelines with the air between them. */
export function Timeline({ touch }: { touch: TouchView | undefined }) {
  if (!touch) return <p class="empty">{t`Nobody has touched anybody yet.`}</p>;
  // A touch that has just come is looked at from its beginning.
  return <Played key={touch.number} touch={touch} />;
}

function Played({ touch }: { touch: TouchView }) {
  const [now_us, setNow] = useState(0);
  const { event, apdus, total_us } = touch;
  const phases = useMemo(() => <Phases apdus={apdus} total_us={total_us} />, [touch]);
  const sums = useMemo(() => <Sums touch={touch} />, [touch]);
  const lanes: [string, Lane, string | undefined][] = [
    [t`${event.terminal}: flash`, 'flash', event.terminal],
    [t`${event.terminal}: compute`, 'compute', event.terminal],
    [t`${event.terminal}: wires to its PN532`, 'link', event.terminal],
    [t`on the air`, 'air', undefined],
    [t`${event.card}: wires to its PN532`, 'link', event.card],
    [t`${event.card}: compute`, 'compute', event.card],
    [t`${event.card}: flash`, 'flash', event.card],
  ];
  return (
    <>
      <h2>{t`${event.terminal} (terminal) and ${event.card} (card): ${inWords(OUTCOMES[event.outcome])}`}</h2>
      <figure class="timeline">
        {phases}
        {lanes.map(([label, lane, device]) => (
          <div class="lane" key={label}>
            <span class="label">{label}</span>
            <Bars touch={touch} lane={lane} device={device} now_us={now_us} />
          </div>
        ))}
        <Axis total_us={total_us} />
        <Scrub touch={touch} now_us={now_us} setNow={setNow} />
        <figcaption>
          {t`Each bar is a time in which that part was busy: modelled from data sheets, from the bytes that really crossed, and from instructions counted on the emulated chip.`}
        </figcaption>
      </figure>
      <States touch={touch} now_us={now_us} />
      {sums}
    </>
  );
}

const share = (us: number, total_us: number): string =>
  `${((100 * Math.max(0, Math.min(us, total_us))) / total_us).toFixed(3)}%`;

interface BarsProps {
  readonly touch: TouchView;
  readonly lane: Lane;
  readonly device: string | undefined;
  readonly now_us: number;
}

/** The bars stay as they are while the cursor goes over them: a frame draws no more than it must. */
function Bars({ touch, lane, device, now_us }: BarsProps) {
  const { busy, total_us } = touch;
  const bars = useMemo(
    () =>
      busy
        .filter((each) => each.lane === lane && each.device === device && each.start_us < total_us)
        .map(({ start_us, end_us }) => (
          <i
            key={start_us}
            class={`busy ${lane}`}
            style={{
              left: share(start_us, total_us),
              width: share(Math.min(end_us, total_us) - start_us, total_us),
            }}
          />
        )),
    [touch, lane, device],
  );
  return (
    <span class="bars">
      {bars}
      {now_us > 0 && <i class="cursor" style={{ left: share(now_us, total_us) }} />}
    </span>
  );
}

/** The exchanges, as columns behind the lanes. */
function Phases({ apdus, total_us }: { apdus: readonly ApduView[]; total_us: number }) {
  return (
    <div class="lane phases">
      <span class="label">{t`command`}</span>
      <span class="bars">
        {apdus.map(({ start_us, end_us, command }) => (
          <b
            key={start_us}
            title={command}
            style={{ left: share(start_us, total_us), width: share(end_us - start_us, total_us) }}
          >
            {end_us - start_us > NAMED_SHARE * total_us ? command.split(',')[0] : ''}
          </b>
        ))}
      </span>
    </div>
  );
}

function Axis({ total_us }: { total_us: number }) {
  const total_ms = total_us / 1000;
  const last = TICK_STEPS_MS.length - 1;
  const step = TICK_STEPS_MS.find((each) => total_ms / each <= TICKS_MAX) ?? TICK_STEPS_MS[last];
  const ticks = Array.from({ length: Math.floor(total_ms / step) + 1 }, (_, i) => i * step);
  return (
    <div class="lane axis">
      <span class="label">ms</span>
      <span class="bars">
        {ticks.map((tick) => (
          <span key={tick} style={{ left: share(tick * 1000, total_us) }}>
            {tick}
          </span>
        ))}
      </span>
    </div>
  );
}

function Sums({ touch: { event, busy } }: { touch: TouchView }) {
  const { cost, records } = event;
  const sides = [
    [t`terminal`, event.terminal],
    [t`card`, event.card],
  ];
  const computeOf = (device: string): number =>
    busy
      .filter((each) => each.lane === 'compute' && each.device === device)
      .reduce((sum, { start_us, end_us }) => sum + end_us - start_us, 0);
  const rows: [string, string, string][] = [
    [t`air`, milliseconds(cost.air_us), t`${count(cost.airBytes)} bytes in ${count(cost.airFrames)} frames`],
    [t`wires`, milliseconds(cost.link_us), t`${count(cost.linkBytes)} bytes, both sides`],
    [
      t`flash`,
      milliseconds(cost.flash_us),
      t`${cost.flashPrograms[0]} + ${cost.flashPrograms[1]} programs, ${records[0]} + ${records[1]} journal entries`,
    ],
    ...sides.map(([side, device]): [string, string, string] => [
      t`compute, ${side}`,
      milliseconds(computeOf(device)),
      t`modelled: instructions counted on the emulated chip, part of them while the air is busy`,
    ]),
    [t`the touch`, milliseconds(cost.total_us), t`${count(cost.apduBytes)} bytes of APDUs`],
  ];
  return (
    <>
      <table class="figures">
        <Head columns={[t`busy`, t`modelled time`, t`what for`]} />
        <tbody>
          {rows.map(([what, time, why]) => (
            <tr key={what}>
              <th scope="row">{what}</th>
              <td>{time}</td>
              <td>{why}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="hint">
        {computeWords(busy)} {t`npm run bench:chip counts them, and says what is assumed of the chip.`}
      </p>
    </>
  );
}

const computeWords = (busy: readonly Busy[]): string =>
  busy.some(({ lane }) => lane === 'compute')
    ? t`Exchanges that the bench does not count, such as RESUME and VERIFY, take the processors no time.`
    : t`In this town the processors take no time: its scenario does not ask for it.`;

/** Slow motion: how long the whole touch takes then. */
const SLOW_MS = 8_000;

interface ScrubProps {
  readonly touch: TouchView;
  readonly now_us: number;
  setNow(now_us: number): void;
}

/** A moment of the touch: what was said last, on the air and above it. */
function Scrub({ touch, now_us, setNow }: ScrubProps) {
  const { total_us, apdus, air } = touch;
  const [isPlaying, setPlaying] = useState(false);
  // One that is paused draws no frame more.
  useLayoutEffect(() => {
    if (!isPlaying) return;
    let frame = 0;
    const start_ms = performance.now();
    const from_us = now_us < total_us ? now_us : 0;
    const draw = (time_ms: number): void => {
      const at_us = from_us + ((time_ms - start_ms) / SLOW_MS) * total_us;
      setNow(Math.min(total_us, Math.max(0, at_us)));
      if (at_us < total_us) frame = requestAnimationFrame(draw);
      else setPlaying(false);
    };
    frame = requestAnimationFrame(draw);
    return () => cancelAnimationFrame(frame);
  }, [isPlaying]);
  const frame = air.findLast(({ kind, at_us }) => kind === 'frame' && at_us <= now_us);
  return (
    <>
      <div class="lane scrub">
        <button type="button" aria-pressed={isPlaying} onClick={() => setPlaying(!isPlaying)}>
          {t`Slow motion`}
        </button>
        <input
          type="range"
          name="moment"
          aria-label={t`A moment of the touch`}
          aria-valuetext={milliseconds(now_us)}
          min={0}
          max={Math.ceil(total_us / STEP_US) * STEP_US}
          step={STEP_US}
          value={now_us}
          onInput={({ currentTarget }) => setNow(Number(currentTarget.value))}
        />
      </div>
      <p class="now">
        <b>{milliseconds(now_us)}</b> {saidAt(apdus, now_us)}
        {frame && (
          <code>
            {frame.fromReader ? t`on the air, reader` : t`on the air, card`}:{' '}
            {frame.text.slice(0, FRAME_SHOWN)}
            {frame.text.length > FRAME_SHOWN && '…'}
          </code>
        )}
      </p>
    </>
  );
}

/** Of the slider, which has its end on a step. */
const STEP_US = 100;
const FRAME_SHOWN = 90;

/** The command or the answer that is under way. */
function saidAt(apdus: readonly ApduView[], now_us: number): string {
  const last = apdus.findLast(({ start_us }) => start_us <= now_us);
  if (!last) return t`the terminal looks for a card`;
  return now_us < last.end_us
    ? t`the terminal has sent ${last.command}, and waits`
    : t`the card has answered ${last.answer ?? t`nothing`}`;
}
