import { isAnyone } from '../firmware/objects/sound.js';
import type { Condition } from '../firmware/payment/policy.js';
import { hex } from './bank/bytes.js';

/** Whom money is for, in words; none for money that is for anybody. */
export const conditionWords = ({ purpose, place, payee }: Condition): string[] => [
  ...(purpose === 0 ? [] : [`category ${purpose}`]),
  ...(place === 0 ? [] : [`place ${place}`]),
  ...(isAnyone(payee) ? [] : [`payee ${hex(payee)}`]),
];
