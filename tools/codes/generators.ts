import { type Picture, pictureOf, pictureOfModules } from '../cli/pos/qr-picture.js';
import { runOnHost } from '../xs/run.js';

/** Pixels a module. */
const SCALE = 3;

/** A program that draws codes: of each text a picture. */
export type Generator = (texts: readonly string[]) => Promise<Picture[]>;

/** The device's own C under its own engine, on this machine. */
const onDevice: Generator = async (texts) => {
  const { output, exitCode } = await runOnHost('tools/codes/device-script.ts', { input: texts });
  if (exitCode !== 0) throw new Error(output);
  const lines = output.split('\n').slice(0, texts.length);
  return lines.map((line) => pictureOfModules(Buffer.from(line, 'hex'), SCALE));
};

/** `qr` draws in phones, on the page and at the command line; a device by itself. */
export const GENERATORS: Readonly<Record<string, Generator>> = {
  qr: async (texts) => texts.map((text) => pictureOf(text, SCALE)),
  device: onDevice,
};
