import type { Inspection } from '../../inspect/inspect.js';
import type { SectorReport } from '../../inspect/sectors.js';
import { inWords, t, texts } from '../../texts/language.js';
import { count, duration, utc } from '../../words.js';
import type { Looked } from '../session.js';
import { MACHINES } from '../state-machines.js';
import type { DeviceView, Gauge } from '../view.js';
import { Head } from './head.js';
import { HopsGraph } from './hops-graph.js';
import { StateDiagram } from './state-diagram.js';

interface Props {
  readonly device: DeviceView;
  readonly inside: Looked | undefined;
  money(minor: number): string;
}

/** One device from inside: its money piece by piece, its limits, its flash. */
export function Inside({ device, inside, money }: Props) {
  return (
    <>
      <h2>{t`Inside ${device.name}`}</h2>
      <p>{t`The wallet is ${inWords(LIFECYCLES[device.lifecycle])}. It holds ${money(device.held)}.`}</p>
      <Money device={device} inside={inside} money={money} />
      <StateDiagram
        machine={MACHINES.lifecycle}
        of={device.name}
        state={device.lifecycle}
        before={undefined}
      />
      <h3>{t`Where it came from`}</h3>
      {inside && <HopsGraph origins={inside.origins} money={money} />}
      <h3>{t`Limits`}</h3>
      <ul class="gauges">
        {device.gauges.map((gauge) => (
          <Limit key={gauge.name} gauge={gauge} money={money} />
        ))}
      </ul>
      <h3>{t`Flash`}</h3>
      {inside && <Flash inside={inside.inspection} />}
    </>
  );
}

function Money({ device, inside, money }: Props) {
  const notes = inside?.inspection.money?.notes.filter(({ left }) => left > 0) ?? [];
  return (
    <table class="figures">
      <Head columns={[t`money`, t`amount`, t`what is known of it`]} />
      <tbody>
        {notes.map(({ id, left, value, expires_s, only }) => (
          <tr key={id}>
            <th scope="row">{t`note`}</th>
            <td>{money(left)}</td>
            <td>
              {t`of ${value === undefined ? '?' : money(value)}, signed by the bank, until ${dayOf(expires_s)}`}{' '}
              <code>{id}</code> {only !== '' && t`only for ${only}`}
            </td>
          </tr>
        ))}
        {device.lots.map(({ amount, hops, hopsLimit, expires_s }) => (
          <tr key={`${hops} ${hopsLimit} ${expires_s}`}>
            <th scope="row">{t`received`}</th>
            <td>{money(amount)}</td>
            <td>
              <Hops hops={hops} limit={hopsLimit} /> {t`until ${dayOf(expires_s)}, not settled yet`}
            </td>
          </tr>
        ))}
        {device.flying.map(({ amount, to }) => (
          <tr key={to + amount}>
            <th scope="row">{t`in flight`}</th>
            <td>{money(amount)}</td>
            <td>{t`handed over to ${to}: only ${to} can claim it, with the next touch or by the bank`}</td>
          </tr>
        ))}
        {notes.length + device.lots.length + device.flying.length === 0 && (
          <tr>
            <th scope="row">{t`nothing`}</th>
            <td>{money(0)}</td>
            <td />
          </tr>
        )}
      </tbody>
    </table>
  );
}

/** "2027-01-15" */
const dayOf = (time_s: number): string => utc(time_s).slice(0, 10);

/** How often value has changed hands, as beads on a string. */
function Hops({ hops, limit }: { hops: number; limit: number }) {
  const beads = Array.from({ length: limit }, (_, i) => (i < hops ? '●' : '○')).join('');
  return (
    <span class="hops">
      {t`hop ${hops} of ${limit}`} <span aria-hidden="true">{beads}</span>
    </span>
  );
}

/** Percent of a limit from which it is nearly used up. */
const HIGH = 90;

function Limit({ gauge: { name, unit, used, most }, money }: { gauge: Gauge; money(minor: number): string }) {
  const shown = (value: number): string =>
    unit === 'money' ? money(value) : unit === 'seconds' ? duration(roughly(value)) : count(value);
  const percent = used === undefined || most === undefined ? undefined : Math.min(100, (100 * used) / most);
  const of = most === undefined ? t`no limit` : shown(most);
  const words = inWords(name);
  return (
    <li>
      <span>{words}</span>
      <span class="figure">{used === undefined ? of : t`${shown(used)} out of ${of}`}</span>
      {percent !== undefined && (
        <meter class="gauge" aria-label={words} min={0} max={100} high={HIGH} value={Math.round(percent)} />
      )}
    </li>
  );
}

/** Seconds as a reader wants them: days are told without their minutes. */
function roughly(seconds: number): number {
  if (seconds >= 86_400) return seconds - (seconds % 3_600);
  return seconds >= 3_600 ? seconds - (seconds % 60) : seconds;
}

const LIFECYCLES: Readonly<Record<DeviceView['lifecycle'], string>> = texts({
  blank: 'blank',
  personalised: 'personalised',
  active: 'active',
  'pin-locked': 'PIN locked',
  suspended: 'suspended',
  expired: 'expired',
  stopped: 'stopped',
});

const STATES: Readonly<Record<string, string>> = texts({
  journal: 'journal',
  state: 'state',
  dead: 'nothing in it is needed',
  ready: 'erased ahead',
  free: 'free',
  bad: 'given up',
  strange: 'not ours',
});

const kindOf = ({ state, log }: SectorReport): string => (state === 'live' ? (log ?? 'strange') : state);

function Flash({ inside }: { inside: Inspection }) {
  const { sectors, sectorBytes, verdict, faults, records } = inside;
  const erases = sectors.map(({ eraseCount = 0 }) => eraseCount);
  const kinds = Object.keys(STATES).filter((kind) => sectors.some((each) => kindOf(each) === kind));
  const live = records.filter(({ state }) => state === 'live').length;
  return (
    <>
      <div
        class="sectors"
        role="img"
        aria-label={t`${sectors.length} sectors, erased up to ${Math.max(...erases)} times`}
      >
        {sectors.map((sector) => (
          <i
            key={sector.sector}
            class={`sector ${kindOf(sector)}`}
            title={t`sector ${sector.sector}: ${inWords(STATES[kindOf(sector)])}, erased ${sector.eraseCount ?? 0} times, ${count(sector.bytesLive)} bytes live, ${count(sector.bytesDead)} dead`}
          >
            {sector.eraseCount ?? ''}
          </i>
        ))}
      </div>
      <ul class="legend">
        {kinds.map((kind) => (
          <li key={kind}>
            <i class={`sector ${kind}`} /> {inWords(STATES[kind])}
          </li>
        ))}
      </ul>
      <p class="hint">
        {t`${sectors.length} sectors of ${count(sectorBytes)} bytes; the number is how often each was erased.`}{' '}
        {t`${count(live)} of ${count(records.length)} records are live. The firmware’s own door says: ${verdict}.`}
      </p>
      {faults.map((fault) => (
        <p class="outcome bad" key={fault}>
          {fault}
        </p>
      ))}
    </>
  );
}
