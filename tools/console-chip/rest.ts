/** The longest that the emulated board rests, microseconds: a UART is looked at so often. */
export const REST_US_MAX = 200;
