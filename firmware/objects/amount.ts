import { AMOUNT_MAX } from '../limits.js';

/** Whether this is what a payment or a note can be worth: whole minor units from 1 to AMOUNT_MAX. */
export const isAmount = (value: number): boolean => (value | 0) === value && value > 0 && value <= AMOUNT_MAX;
