const DAY_S = 86_400;

/** Whole days since 1970. */
export const dayOf = (time_s: number): number => Math.floor(time_s / DAY_S);

/** The beginning of the day. */
export const wholeDay = (time_s: number): number => time_s - (time_s % DAY_S);
