/** What stands for the user's agreement to one payment (R5), each including the ones before it. */
export const Consent = { none: 0, button: 1, pin: 2 } as const;
export type Consent = (typeof Consent)[keyof typeof Consent];
