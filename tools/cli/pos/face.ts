import type { Platform } from '../../../firmware/account/decision.js';
import type { Faces } from '../../../firmware/account/face.js';
import { SerialSet } from '../../../firmware/account/serial-set.js';
import { ACCOUNT_SERIALS_MAX } from '../../../firmware/limits.js';
import { U32_MAX } from '../../../firmware/objects/shape.js';
import { pictureOf, StandInRecogniser } from '../../../sim/account/stand-in-recogniser.js';
import { CliError } from '../cli-error.js';
import { readUserText } from '../files/user-file.js';
import { Exit } from '../output/exit.js';
import type { Output } from '../output/terminal-output.js';
import { type TakeFlags, take } from './take.js';

export interface FaceFlags extends TakeFlags {
  /** File with the accounts that may pay by face: a number and a name a line. */
  readonly faces: string;
  /** How clear the picture is, in thousandths. */
  readonly clear: number;
  /** Below this the recogniser's word is not taken, in thousandths. */
  readonly confidenceMin: number;
  /** Minor units that one may pay by face at once. */
  readonly faceMax: number;
}

const LINE_BYTES_MAX = 128;

/**
 * `tapnote pos face`: the stand-in recogniser looks at the picture of whoever has that name, and the payment
 * is taken. Throws CliError, for each refusal too.
 */
export async function takeFace(out: Output, name: string, flags: FaceFlags): Promise<void> {
  const numbers = readFaces(flags.faces);
  const facesOf = (platform: Platform): Faces => ({
    recogniser: new StandInRecogniser(numbers),
    platform,
    accounts: new SerialSet([...numbers.values()]),
    confidenceMin_permille: flags.confidenceMin,
    paymentMax: flags.faceMax,
  });
  const picture = pictureOf(name, flags.clear);
  await take(
    out,
    flags,
    async () => (pos, purchase, now_s, done) => pos.look(purchase, now_s, picture, done),
    facesOf,
  );
}

/** By name, the number of the account. Throws CliError `faces`. */
function readFaces(path: string): ReadonlyMap<string, number> {
  const lines = readUserText(path, ACCOUNT_SERIALS_MAX * LINE_BYTES_MAX).split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  if (lines.length > ACCOUNT_SERIALS_MAX) throw facesError(path, `more than ${ACCOUNT_SERIALS_MAX} lines`);
  const numbers = new Map<string, number>();
  for (const [i, line] of lines.entries()) {
    const [, number, name] = /^(\d{1,10}) +(\S.*)$/.exec(line) ?? [];
    if (name === undefined || Number(number) > U32_MAX)
      throw facesError(path, `line ${i + 1} is no number and name`);
    if (numbers.has(name)) throw facesError(path, `line ${i + 1}: ${name} is there twice`);
    numbers.set(name, Number(number));
  }
  return numbers;
}

const facesError = (path: string, why: string): CliError =>
  new CliError(Exit.usage, 'faces', `${path}: ${why}`);
