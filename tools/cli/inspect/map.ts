import type { SectorReport } from '../../../sim/inspect/sectors.js';
import type { Output, Style } from '../output/terminal-output.js';

const COLUMNS = 64;

/** A letter for each sector; small when more of it is dead than alive. */
const LETTERS: Readonly<Record<string, readonly [string, Style]>> = {
  journal: ['J', 'cyan'],
  state: ['S', 'green'],
  dead: ['-', 'gray'],
  ready: ['+', 'yellow'],
  free: ['.', 'gray'],
  bad: ['X', 'red'],
  strange: ['?', 'red'],
};

export const LEGEND = [
  'J journal   S state (small letters: mostly dead)   - dead   + erased ahead   . free   X given up   ? not ours',
];

function letterOf(out: Output, { state, log, bytesLive, bytesDead }: SectorReport): string {
  const [letter, style] = LETTERS[state === 'live' ? (log ?? 'strange') : state];
  const isMostlyDead = state === 'live' && bytesDead > bytesLive;
  return out.style(style, isMostlyDead ? letter.toLowerCase() : letter);
}

/** The sectors as they lie, a row for every so many, the number of the first before it. */
export function sectorMap(out: Output, sectors: readonly SectorReport[]): string[] {
  const rows: string[] = [];
  for (let first = 0; first < sectors.length; first += COLUMNS) {
    const letters = sectors.slice(first, first + COLUMNS).map((sector) => letterOf(out, sector));
    for (let i = letters.length - 1; i > 0; i--) if (i % 16 === 0) letters.splice(i, 0, ' ');
    rows.push(`${String(first).padStart(5)}  ${letters.join('')}`);
  }
  return rows;
}
