/** Of the counters of the banks that tests serve. */
export const TOKEN = 'a-token-of-the-counter-for-these-tests';
