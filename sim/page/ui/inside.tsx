import type { Inspection } from '../../inspect/inspect.js';
import type { SectorReport } from '../../inspect/sectors.js';
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
      <h2>Inside {device.name}</h2>
      <p>
        The wallet is <b>{device.lifecycle}</b>. It holds {money(device.held)}.
      </p>
      <Money device={device} inside={inside} money={money} />
      <StateDiagram
        machine={MACHINES.lifecycle}
        of={device.name}
        state={device.lifecycle}
        before={undefined}
      />
      <h3>Where it came from</h3>
      {inside && <HopsGraph origins={inside.origins} money={money} />}
      <h3>Limits</h3>
      <ul class="gauges">
        {device.gauges.map((gauge) => (
          <Limit key={gauge.name} gauge={gauge} money={money} />
        ))}
      </ul>
      <h3>Flash</h3>
      {inside && <Flash inside={inside.inspection} />}
    </>
  );
}

function Money({ device, inside, money }: Props) {
  const notes = inside?.inspection.money?.notes.filter(({ left }) => left > 0) ?? [];
  return (
    <table class="figures">
      <Head columns={['money', 'amount', 'what is known of it']} />
      <tbody>
        {notes.map(({ id, left, value, expires_s }) => (
          <tr key={id}>
            <th scope="row">note</th>
            <td>{money(left)}</td>
            <td>
              of {value === undefined ? '?' : money(value)}, signed by the bank, until{' '}
              {utc(expires_s).slice(0, 10)} <code>{id}</code>
            </td>
          </tr>
        ))}
        {device.lots.map(({ amount, hops, hopsLimit, expires_s }) => (
          <tr key={`${hops} ${hopsLimit} ${expires_s}`}>
            <th scope="row">received</th>
            <td>{money(amount)}</td>
            <td>
              hop <Hops hops={hops} limit={hopsLimit} /> of {hopsLimit}, until {utc(expires_s).slice(0, 10)},
              not settled yet
            </td>
          </tr>
        ))}
        {device.flying.map(({ amount, to }) => (
          <tr key={to + amount}>
            <th scope="row">in flight</th>
            <td>{money(amount)}</td>
            <td>
              handed over to {to}: only {to} can claim it, with the next touch or by the bank
            </td>
          </tr>
        ))}
        {notes.length + device.lots.length + device.flying.length === 0 && (
          <tr>
            <th scope="row">nothing</th>
            <td>{money(0)}</td>
            <td />
          </tr>
        )}
      </tbody>
    </table>
  );
}

/** How often value has changed hands, as beads on a string. */
function Hops({ hops, limit }: { hops: number; limit: number }) {
  const beads = Array.from({ length: limit }, (_, i) => (i < hops ? '●' : '○')).join('');
  return (
    <span class="hops" title={`${hops} of ${limit} hops`}>
      {hops} <span aria-hidden="true">{beads}</span>
    </span>
  );
}

/** Percent of a limit from which it is nearly used up. */
const HIGH = 90;

function Limit({ gauge: { name, unit, used, most }, money }: { gauge: Gauge; money(minor: number): string }) {
  const shown = (value: number): string =>
    unit === 'money' ? money(value) : unit === 'seconds' ? duration(roughly(value)) : count(value);
  const percent = used === undefined || most === undefined ? undefined : Math.min(100, (100 * used) / most);
  const of = most === undefined ? 'no limit' : shown(most);
  return (
    <li>
      <span>{name}</span>
      <span class="figure">{used === undefined ? of : `${shown(used)} of ${of}`}</span>
      {percent !== undefined && (
        <meter class="gauge" aria-label={name} min={0} max={100} high={HIGH} value={Math.round(percent)} />
      )}
    </li>
  );
}

/** Seconds as a reader wants them: days are told without their minutes. */
function roughly(seconds: number): number {
  if (seconds >= 86_400) return seconds - (seconds % 3_600);
  return seconds >= 3_600 ? seconds - (seconds % 60) : seconds;
}

const STATES: Readonly<Record<string, string>> = {
  journal: 'journal',
  state: 'state',
  dead: 'nothing in it is needed',
  ready: 'erased ahead',
  free: 'free',
  bad: 'given up',
  strange: 'not ours',
};

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
        aria-label={`${sectors.length} sectors, erased up to ${Math.max(...erases)} times`}
      >
        {sectors.map((sector) => (
          <i
            key={sector.sector}
            class={`sector ${kindOf(sector)}`}
            title={`sector ${sector.sector}: ${STATES[kindOf(sector)]}, erased ${sector.eraseCount ?? 0} times, ${count(sector.bytesLive)} bytes live, ${count(sector.bytesDead)} dead`}
          >
            {sector.eraseCount ?? ''}
          </i>
        ))}
      </div>
      <ul class="legend">
        {kinds.map((kind) => (
          <li key={kind}>
            <i class={`sector ${kind}`} /> {STATES[kind]}
          </li>
        ))}
      </ul>
      <p class="hint">
        {sectors.length} sectors of {count(sectorBytes)} bytes; the number is how often each was erased.{' '}
        {count(live)} of {count(records.length)} records are live. The firmware’s own door says: {verdict}.
      </p>
      {faults.map((fault) => (
        <p class="outcome bad" key={fault}>
          {fault}
        </p>
      ))}
    </>
  );
}
