import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { prepareZXingModule, type ReadResult, readBarcodes } from 'zxing-wasm/reader';

// Left alone it would fetch this file from a content delivery network: findings/zxing-wasm-fetch.sh.
const WASM = 'zxing-wasm/reader/zxing_reader.wasm';

/** A picture as a page's canvas gives it: four bytes a pixel, row after row. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

let isPrepared = false;
function prepare(): void {
  if (isPrepared) return;
  const bytes = readFileSync(fileURLToPath(import.meta.resolve(WASM)));
  prepareZXingModule({ overrides: { wasmBinary: Uint8Array.from(bytes).buffer } });
  isPrepared = true;
}

/**
 * The texts of the QR codes in a picture, each once: a file (PNG, JPEG and others), or pixels in RGBA.
 * Undefined when the file is no picture.
 */
export async function readCodes(picture: Uint8Array | Pixels): Promise<string[] | undefined> {
  prepare();
  const image = picture instanceof Uint8Array ? picture : { ...picture, colorSpace: 'srgb' as const };
  const found = await readBarcodes(image as Parameters<typeof readBarcodes>[0], {
    formats: ['QRCode'],
    textMode: 'Plain',
  });
  // A file that does not load is one result without a format, and no exception.
  if (found.some(({ isValid, format }) => !isValid && (format as string) === '')) return undefined;
  return [...new Set(found.filter(({ isValid }: ReadResult) => isValid).map(({ text }) => text))];
}
