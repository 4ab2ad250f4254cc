/** A card, read by a terminal that knows APDUs and nothing else. `npx tsx examples/card.ts` */
import { Card } from '../firmware/card/card.js';
import { AID, buildCommand, CLA_ISO, Ins } from '../firmware/protocol/apdu.js';
import { Wallet } from '../firmware/wallet/wallet.js';
import { crc32 } from '../hal/crc32.js';
import { nobleCrypto as crypto } from '../hal/crypto/noble.js';
import { DeviceClock } from '../sim/chip/device-clock.js';
import { SimEntropy } from '../sim/chip/entropy.js';
import { NorFlash } from '../sim/chip/nor-flash.js';
import { VirtualClock } from '../sim/chip/virtual-clock.js';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

// A blank card: its flash is all ones, and the wallet formats it.
const clock = new DeviceClock(new VirtualClock());
const flash = new NorFlash({ sectorCount: 64 });
const entropy = new SimEntropy(1, 'card');
const wallet = Wallet.open({ flash, clock, entropy, crypto, crc32, presence: { show() {} } });

// Any front end that gives whole APDUs will do: `pn532.card.listen(card)` on a board.
const card = new Card(wallet);
const send = (name: string, command: Uint8Array): void =>
  card.onCommand(command, (response) => console.log(`${name.padEnd(10)} ${hex(response)}`));

card.onActivated();
send('no SELECT', buildCommand(Ins.makeKeys, new TextEncoder().encode('CNY')));
send('SELECT', buildCommand(Ins.select, AID, { cla: CLA_ISO, p1: 4 }));
send('MAKE KEYS', buildCommand(Ins.makeKeys, new TextEncoder().encode('CNY')));
send('garbage', Uint8Array.of(0x80, 0x99, 0x00));
card.onDeactivated();
