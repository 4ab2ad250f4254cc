import { CHIP } from './timing.js';

/** What the firmware of a chip may do in one way or another, since no manual says. */
export interface Quirks {
  /**
   * So long after the ATS the host is told of the activation. The reader's first command, when it is whole
   * by then, stands in the answer to TgInitAsTarget in the place of the RATS.
   */
  readonly activationLag_us: number;
  /**
   * TgGetData gives a chained command whole, or in pieces of 262 bytes; or each block of it as soon as it
   * has come.
   */
  readonly handsUp: 'whole' | 'blocks';
  /** As a card it answers the PPS for which its ATS asks. */
  readonly answersPps: boolean;
  /** From the end of a block on the air to the next that it sends, as a reader and as a card. */
  readonly turnAround_us: number;
}

export const USUAL_QUIRKS: Quirks = Object.freeze({
  activationLag_us: 0,
  handsUp: 'whole',
  answersPps: true,
  turnAround_us: CHIP.turnAround_us,
});
