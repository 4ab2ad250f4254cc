import { useMemo } from 'preact/hooks';
import { inWords } from '../../texts/language.js';
import type { Machine } from '../state-machines.js';

interface Props {
  readonly machine: Machine;
  /** Whose. */
  readonly of: string;
  readonly state: string;
  /** Where it came from; undefined at the beginning. */
  readonly before: string | undefined;
}

/** Pixels: of a row, and of the margin in which the ways between states are drawn. */
const ROW = 24;
const MARGIN = 56;
/** How far an arc reaches for each row that it passes. */
const REACH = 5;

/** States as rows, the ways between them as arcs beside; the state that it is in is lit. */
export function StateDiagram({ machine, of, state, before }: Props) {
  // Drawn anew when it changes, and not in every frame of a touch that plays.
  return useMemo(() => draw({ machine, of, state, before }), [machine, of, state, before]);
}

function draw({ machine, of, state, before }: Props) {
  const names = Object.keys(machine.states);
  const edges = names.flatMap((from) => machine.states[from].to.map((to) => ({ from, to })));
  const isWalked = ({ from, to }: (typeof edges)[number]): boolean => from === before && to === state;
  return (
    <section class="machine">
      <h3>
        {of}: {inWords(machine.title)}
      </h3>
      <div class="states">
        <svg width={MARGIN} height={names.length * ROW} aria-hidden="true">
          {edges.map((edge) => (
            <path
              key={`${edge.from} ${edge.to}`}
              class={isWalked(edge) ? 'edge walked' : 'edge'}
              d={arc(names.indexOf(edge.from), names.indexOf(edge.to))}
            />
          ))}
        </svg>
        <ol>
          {names.map((name) => (
            <li key={name} aria-current={name === state ? 'step' : undefined}>
              {inWords(machine.states[name].words)}
            </li>
          ))}
        </ol>
      </div>
    </section>
  );
}

/** From one row to another, with a head where it ends. */
function arc(from: number, to: number): string {
  const [start, end] = [from, to].map((row) => (row + 0.5) * ROW);
  const reach = Math.max(0, MARGIN - 10 - REACH * Math.abs(to - from));
  const head = `m -5 -3 l 5 3 l -5 3`;
  return `M ${MARGIN} ${start} C ${reach} ${start} ${reach} ${end} ${MARGIN - 1} ${end} ${head}`;
}
