import { whole } from '../cli/arguments.js';

const MAX = 9_999_999_999;

/** A number of cuts or of a life. */
export const natural = whole(MAX);
/** How often something is done. */
export const positive = whole(MAX, 1);
/** How many are compared with each other. */
export const fromTwo = whole(MAX, 2);
