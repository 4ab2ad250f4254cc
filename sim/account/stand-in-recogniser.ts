import type { Recogniser, Recognition } from '../../firmware/account/face.js';
import { getU16, putU16 } from '../../firmware/bytes.js';

const CLEAR = 2;

/** The simulator's picture of somebody: how clear it is in thousandths (2 bytes), then the name. */
export function pictureOf(name: string, clear_permille: number): Uint8Array {
  const text = new TextEncoder().encode(name);
  const picture = new Uint8Array(CLEAR + text.length);
  putU16(picture, 0, clear_permille);
  picture.set(text, CLEAR);
  return picture;
}

/**
 * Stands in for a recogniser of faces where there are none: it reads off the simulator's picture who it is,
 * and is as sure as the picture is clear. It says nothing about what real ones mistake.
 */
export class StandInRecogniser implements Recogniser {
  /** By name, the number of the account in the platform's list. */
  constructor(private readonly accounts: ReadonlyMap<string, number>) {}

  recognise(picture: Uint8Array): Recognition | undefined {
    const serial = this.accounts.get(new TextDecoder().decode(picture.subarray(CLEAR)));
    return serial === undefined ? undefined : { serial, confidence_permille: getU16(picture, 0) };
  }
}
