/** The table of hal/README.md: what a touch takes of each part of the engine's block, and what it has. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootFolder } from '../../xs/folders.js';
import type { AloneOutput } from './engine/alone.js';
import type { Bytes } from './engine/scale.js';
import type { Memory } from './memory.js';

const SLOT_BYTES = 16;
const n = (value: number) => value.toLocaleString('en-GB');

interface Creation {
  readonly chunk: { readonly initial: number };
  readonly heap: { readonly initial: number };
}

/** Of either side the larger, bytes. */
export function ramTable({ sides }: Memory): string[] {
  const { creation } = JSON.parse(readFileSync(join(rootFolder, 'manifest.json'), 'utf8')) as {
    creation: Creation;
  };
  const most = (pick: (side: AloneOutput) => number): number => Math.max(...Object.values(sides).map(pick));
  const part = (name: string, of: (bytes: Bytes) => number, given: string): string => {
    const columns = (['wallet', 'touch', 'garbage'] as const).map((what) => most((side) => of(side[what])));
    const sum = columns.reduce((all, each) => all + each, 0);
    return `| ${[name, ...columns.map(n), n(sum), given].join(' | ')} |`;
  };
  const heap = creation.heap.initial;
  return [
    '| part of `creation` | the open wallet | a touch adds | its garbage | sum | given |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    part('chunk', ({ chunks }) => chunks, n(creation.chunk.initial)),
    part('heap', ({ slots }) => slots, `${n(heap * SLOT_BYTES)} (${n(heap)} slots)`),
  ];
}
