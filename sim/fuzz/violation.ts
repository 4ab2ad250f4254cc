/** What must never be, and is. */
export class Violation extends Error {}
