import { isErased, JOURNAL, NONE, STATE } from '../../firmware/store/format.js';
import type { Headers } from '../../firmware/store/headers.js';
import type { Contents } from './contents.js';
import { type ImageFlash, preparedOf } from './image.js';

/**
 * `live`: part of a log. `dead`: was, and nothing in it is needed. `ready`: erased ahead. `free`: must be
 * erased before use. `bad`: given up. `strange`: neither erased nor ours.
 */
export type SectorState = 'live' | 'dead' | 'ready' | 'free' | 'bad' | 'strange';

export interface SectorReport {
  readonly sector: number;
  readonly state: SectorState;
  readonly log: 'journal' | 'state' | undefined;
  /** Of its first entry. */
  readonly order: number | undefined;
  /** How often it was erased, when its header says. */
  readonly eraseCount: number | undefined;
  readonly entries: number;
  readonly bytesLive: number;
  readonly bytesDead: number;
}

/**
 * Without `headers` and `contents`, for an image that is not of this format: what the sectors look like from
 * outside.
 */
export function surveySectors(flash: ImageFlash, headers?: Headers, contents?: Contents): SectorReport[] {
  const entries = contents === undefined ? [] : [...contents.state, ...contents.journal];
  const needed = contents && headers ? neededSectors(headers, contents) : new Set<number>();
  return Array.from({ length: flash.sectorCount }, (_, sector) => {
    const here = entries.filter((entry) => entry.sector === sector);
    const live = here.filter((entry) => contents?.isLive(entry));
    const sum = (list: typeof here) => list.reduce((total, { bytes }) => total + bytes, 0);
    const stream = headers?.stream[sector] ?? NONE;
    return {
      sector,
      state: stateOf(flash, sector, headers, contents, needed),
      log: stream === JOURNAL ? 'journal' : stream === STATE ? 'state' : undefined,
      order: stream >= 0 ? headers?.first[sector] : undefined,
      eraseCount: preparedOf(flash, sector)?.eraseCount,
      entries: here.length,
      bytesLive: sum(live),
      bytesDead: sum(here) - sum(live),
    };
  });
}

function stateOf(
  flash: ImageFlash,
  sector: number,
  headers: Headers | undefined,
  contents: Contents | undefined,
  needed: ReadonlySet<number>,
): SectorState {
  if (contents?.bad.has(sector)) return 'bad';
  const start = sector * flash.sectorBytes;
  const prepared = preparedOf(flash, sector);
  if (headers && headers.stream[sector] >= 0) return needed.has(sector) ? 'live' : 'dead';
  if (headers?.isUnopened(sector) && prepared && contents?.erases.has(sector)) return 'ready';
  if (prepared || isErased(flash.bytes, start, start + flash.sectorBytes)) return 'free';
  return 'strange';
}

/** The sectors of each log from the oldest that holds something alive to its end. */
function neededSectors(headers: Headers, contents: Contents): Set<number> {
  const needed = new Set<number>();
  for (const [stream, entries] of [
    [STATE, contents.state],
    [JOURNAL, contents.journal],
  ] as const) {
    const sectors = headers.inForce(headers.ofLog(stream), () => {});
    const live = new Set(entries.filter((entry) => contents.isLive(entry)).map(({ sector }) => sector));
    const oldest = sectors.findIndex((sector) => live.has(sector));
    for (const sector of sectors.slice(oldest < 0 ? sectors.length - 1 : oldest)) needed.add(sector);
  }
  return needed;
}
