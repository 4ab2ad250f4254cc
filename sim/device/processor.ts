/** What a device's processor takes in one touch. Both return microseconds. */
export interface Processor {
  /** `command`: what the terminal is about to send; undefined for a card, and when a terminal lets go. */
  before(command?: Uint8Array): number;
  /** When its message is on its way. */
  behind(): number;
}
