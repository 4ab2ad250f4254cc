/** Columns of integers go to flash by pages of some rows: what the indexes that do so have in common. */

/** Pages that are marked in `dirty`; those beyond the rows in use hold nothing that counts. */
export function changedPages(dirty: Uint8Array, pageRows: number, rowsUsed: number): number[] {
  const pages: number[] = [];
  for (let page = 0; page * pageRows < rowsUsed; page++) if (dirty[page] === 1) pages.push(page);
  return pages;
}

/** Some rows of a column, as bytes of the same memory. */
export function bytesOf(
  column: Uint8Array | Uint16Array | Uint32Array,
  firstRow: number,
  rows: number,
): Uint8Array {
  const width = column.BYTES_PER_ELEMENT;
  return new Uint8Array(column.buffer, column.byteOffset + firstRow * width, rows * width);
}

/** A column in a larger one, which takes its place. */
export function wider<T extends Uint8Array | Uint16Array | Uint32Array>(column: T, into: T): T {
  into.set(column);
  return into;
}
