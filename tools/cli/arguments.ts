import { InvalidArgumentError } from 'commander';
import { AMOUNT_MAX } from '../../firmware/limits.js';
import { TINY_MAX } from '../../firmware/objects/shape.js';
import { BIT_RATES_KBPS } from '../../hal/pn532/commands.js';

/** What a merchant category and the number of an operator are at most. */
export const CATEGORY_MAX = 0xffff;
export const OPERATOR_MAX = 0xffff;
/** A place for money that is only good there. */
export const PLACE_MAX = 0xffffffff;
export const PORT_MAX = 0xffff;
/** Of an account certificate, and of a terminal that takes codes: how strong an identity is, and where. */
export const IDENTITY_TIER_MAX = TINY_MAX;
export const SCENE_MAX = 0xffff;
/** Of a run that can be replayed. */
export const SEED_MAX = 0xffffffff;

/** Reads a PIN. */
export function pinDigits(text: string): string {
  if (!/^\d{4,12}$/.test(text)) throw new InvalidArgumentError('Expected 4 to 12 digits.');
  return text;
}

/** Reads an argument that is a whole number. */
export const whole =
  (max: number, min = 0) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max)
      throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
    return value;
  };

/** Reads the number of an account. */
export const accountNumber = whole(AMOUNT_MAX, 1);

/** Reads an id of 8 bytes. */
const idOf =
  (what: string) =>
  (text: string): Uint8Array => {
    if (!/^[0-9a-f]{16}$/i.test(text))
      throw new InvalidArgumentError(`Expected a ${what} id: 16 hex digits.`);
    return Uint8Array.from(Buffer.from(text, 'hex'));
  };
export const deviceId = idOf('device');
export const terminalId = idOf('terminal');

/** Reads a bit rate on the air, kbit/s. */
export function bitRate(text: string): number {
  const rate = BIT_RATES_KBPS.find((kbps) => text === String(kbps));
  if (rate === undefined) throw new InvalidArgumentError(`Expected one of ${BIT_RATES_KBPS.join(', ')}.`);
  return rate;
}
