/**
 * What XS 13 does otherwise than the SDK's XS 17, where it matters for what a touch costs: 13 copies between
 * typed arrays byte by byte through getters and setters, some 90 instructions a byte, even where both are of
 * one type; 17 copies memory. The emulated chip is to tell what a board will do, so there these two places
 * copy memory as well.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Patch {
  /** Occurs once in the file. */
  readonly old: string;
  readonly patched: string;
}

/**
 * `set` compares the two objects' own slots, which never are the same, in place of the types that these name.
 */
const SET: Patch = {
  old: 'if (dispatch == sourceDispatch) {\n\t\t\tc_memcpy(',
  patched:
    'if (dispatch->value.typedArray.dispatch == sourceDispatch->value.typedArray.dispatch) {\n\t\t\tc_memcpy(',
};

const SLICE_LOOP = 'mxPushUndefined();\n\t\t\twhile ((start < length) && (start < end)) {';
/** `slice` has its loop alone. Where it has been copied already, the loop finds nothing left. */
const SLICE: Patch = {
  old: SLICE_LOOP,
  patched: `txSlot* from = buffer->value.reference->next;
			txSlot* to = resultBuffer->value.reference->next;
			if (delta == 1 && from != to && end <= length
				&& resultDispatch->value.typedArray.dispatch == dispatch->value.typedArray.dispatch) {
				c_memcpy(to->value.arrayBuffer.address + resultView->value.dataView.offset,
					from->value.arrayBuffer.address + view->value.dataView.offset + start, count);
				start = end;
			}
			${SLICE_LOOP}`,
};

const PATCHES: Record<string, readonly Patch[]> = { 'xsDataView.c': [SET, SLICE] };

/**
 * The engine's files as they are compiled here; `xs` has them in sources/, and gets the patched ones in
 * patched/.
 */
export function engineFiles(xs: string): string[] {
  const folders = { sources: join(xs, 'sources'), patched: join(xs, 'patched') };
  mkdirSync(folders.patched, { recursive: true });
  // Snapshots are xsnap's own addition.
  const names = readdirSync(folders.sources).filter((name) => name.endsWith('.c') && name !== 'xsSnapshot.c');
  return names.map((name) => {
    const source = join(folders.sources, name);
    const patches = PATCHES[name];
    if (!patches) return source;
    const target = join(folders.patched, name);
    writeFileSync(target, patches.reduce(patch, readFileSync(source, 'utf8')));
    return target;
  });
}

function patch(text: string, { old, patched }: Patch): string {
  if (text.split(old).length !== 2) throw new Error('XS is not the source that is to be mended');
  return text.replace(old, () => patched);
}
