/** The PN532 driver alone, both roles on two simulated chips. `npx tsx examples/driver.ts` */
import type { NfcCardHandler } from '../hal/nfc.js';
import { Pn532 } from '../hal/pn532/pn532.js';
import { SimEntropy } from '../sim/chip/entropy.js';
import { Pn532Module } from '../sim/chip/pn532-module.js';
import { RfField } from '../sim/chip/rf-field.js';
import { VirtualClock } from '../sim/chip/virtual-clock.js';

const clock = new VirtualClock();
const field = new RfField(clock);

/** A module and its driver. On a board `link` is an HsuLink, I2cLink or SpiLink over the board's port. */
function open(name: string): Pn532 {
  const { link, host } = new Pn532Module({ clock, field, name });
  return new Pn532({ link, clock: host, entropy: new SimEntropy(1, name), baud: 921_600 });
}

const echo: NfcCardHandler = {
  onActivated: () => console.log('card: a reader is here'),
  onCommand: (command, respond) => respond(Uint8Array.of(...command, 0x90, 0x00)),
  onDeactivated: (reason) => console.log(`card: ${reason}`),
};
open('card').card.listen(echo);

const { reader } = open('reader');
reader.connect(2_000, (error) => {
  if (error) return console.log(`reader: ${error.code}`);
  reader.transceive(Uint8Array.of(0x00, 0xa4, 0x04, 0x00), (failure, response) => {
    console.log(`reader: ${failure?.code ?? Buffer.from(response).toString('hex')}`);
    reader.release(() => console.log('reader: field off'));
  });
});
clock.runFor(3_000_000);
