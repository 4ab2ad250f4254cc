import type { Condition } from '../firmware/payment/policy.js';
import { hex } from './bank/bytes.js';
import { t } from './texts/language.js';

/** Whom money is for, in words; none for money that is for anybody. */
export const conditionWords = ({ purpose, place, payee }: Condition): string[] => [
  ...(purpose === 0 ? [] : [t`category ${purpose}`]),
  ...(place === 0 ? [] : [t`place ${place}`]),
  ...(payee.every((byte) => byte === 0) ? [] : [t`payee ${hex(payee)}`]),
];
