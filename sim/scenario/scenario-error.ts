import type { Place } from './json.js';
import type { Mistake } from './mistake.js';

export interface PlacedMistake extends Mistake {
  readonly place: Place;
}

/** More help no reader, and a file can have hundreds of thousands. */
const MISTAKES_SHOWN_MAX = 20;

/**
 * A scenario that cannot be played, with everything that is wrong with it. The message has a line for each of
 * the first mistakes.
 */
export class ScenarioError extends Error {
  constructor(
    readonly file: string,
    readonly mistakes: readonly PlacedMistake[],
  ) {
    const shown = mistakes.slice(0, MISTAKES_SHOWN_MAX);
    const lines = shown.map((mistake) => `${mistakeLine(file, mistake)} [${mistake.code}]`);
    const more = mistakes.length - shown.length;
    super([...lines, ...(more > 0 ? [`${file}: ${more} more mistakes`] : [])].join('\n'));
  }
}

/** `FILE:LINE:COLUMN: POINTER: message`, as editors and terminals link it. */
export function mistakeLine(file: string, { place, pointer, message }: Omit<PlacedMistake, 'code'>): string {
  const where = `${file}:${place.line}:${place.column}`;
  return pointer === '' ? `${where}: ${message}` : `${where}: ${pointer}: ${message}`;
}
