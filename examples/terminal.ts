/** A terminal: a wallet on flash, a PN532, and an order. `npx tsx examples/terminal.ts` */
import { Card } from '../firmware/card/card.js';
import { Terminal } from '../firmware/terminal/terminal.js';
import { Wallet } from '../firmware/wallet/wallet.js';
import { crc32 } from '../hal/crc32.js';
import { opensslCrypto } from '../hal/crypto/openssl.js';
import { Pn532 } from '../hal/pn532/pn532.js';
import { DeviceClock } from '../sim/chip/device-clock.js';
import { SimEntropy } from '../sim/chip/entropy.js';
import { NorFlash } from '../sim/chip/nor-flash.js';
import { Pn532Module } from '../sim/chip/pn532-module.js';
import { exchange } from '../sim/device/contacts.js';
import { TestBank } from '../sim/world/test-bank.js';
import { World } from '../sim/world/world.js';

const world = new World(1, 1_800_000_000, opensslCrypto);
const bank = new TestBank(world.crypto, world.start_s);
const customer = world.device('customer');
bank.enrol(customer);
bank.settle(customer.wallet, bank.notes(customer.wallet, [10_000]));

// On a board these come from hal/esp32/; here from the simulator.
const clock = new DeviceClock(world.clock);
const flash = new NorFlash({ sectorCount: 64 });
const entropy = new SimEntropy(1, 'till');
const module = new Pn532Module({ clock: world.clock, field: world.field, name: 'till', host: clock });

const presence = { show() {} };
const wallet = Wallet.open({ flash, clock, entropy, crypto: world.crypto, crc32, presence });
const card = new Card(wallet);
bank.enrol({ wallet, exchange: (command) => exchange(card, command) }, { category: 5812 });

const pn532 = new Pn532({ link: module.link, clock, entropy, baud: 921_600 });
const terminal = new Terminal(wallet, pn532.reader);
customer.module.chip.enterField(world.field);
customer.listen();
terminal.touch(terminal.order('pull', 1_250), 500, ({ outcome }) => {
  console.log(
    `${outcome}: the terminal holds ${wallet.ledger.held}, the card ${customer.wallet.ledger.held}`,
  );
});
world.clock.runFor(2_000_000);
