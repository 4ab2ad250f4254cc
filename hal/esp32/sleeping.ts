import { COMMAND_MS } from '../pn532/command-layer.js';
import { Command } from '../pn532/commands.js';
import type { Pn532 } from '../pn532/pn532.js';

/** PowerDown's wake-up sources (UM0701-02 section 7.2.11): the RF level, and the link's own. */
const WAKE_BY_RF = 0x08;
const WAKE_BY_HSU = 0x10;
const WAKE_BY_SPI = 0x20;
const WAKE_BY_I2C = 0x80;
/** The IRQ line goes low when the chip wakes. */
const TELL_BY_IRQ = 0x01;

/**
 * Puts the PN532 to sleep until a reader's field or its host wakes it. `done` runs also when it does not
 * answer.
 */
export function sleepUntilField(pn532: Pn532, done: () => void): void {
  pn532.prepare((error) => {
    if (error !== undefined) return done();
    pn532.parameters[0] = WAKE_BY_RF | WAKE_BY_HSU | WAKE_BY_SPI | WAKE_BY_I2C;
    pn532.parameters[1] = TELL_BY_IRQ;
    pn532.run(Command.PowerDown, 2, COMMAND_MS, () => done());
  });
}
