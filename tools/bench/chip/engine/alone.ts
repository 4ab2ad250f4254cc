/**
 * Runs in XS on the chip: one side of a touch alone in the engine, the other played from a recording, to see
 * how much memory a device takes. Prints JSON.
 */
import { Card } from '../../../../firmware/card/card.js';
import { Terminal } from '../../../../firmware/terminal/terminal.js';
import { curve25519Crypto } from '../../../../hal/crypto/curve25519.js';
import type { NfcReader } from '../../../../hal/nfc.js';
import { collectGarbage, input, instructions, memory, print } from '../../../xs/engine.js';
import type { FlashImage } from '../flash-image.js';
import type { Side, TouchKind } from '../steps.js';
import { Couple } from './couple.js';
import { openWallet, Pool } from './device.js';
import { fromHex, toHex } from './hex.js';
import { MeteredFlash } from './metered-flash.js';
import { type Bytes, minus, Scale, used } from './scale.js';

export interface AloneInput {
  readonly side: Side | 'both';
  readonly terminal: FlashImage;
  readonly card: FlashImage;
  readonly kind: TouchKind;
  readonly amount: number;
  /** Hexadecimal: commands and answers in turn; empty when they are to be recorded. */
  readonly messages: readonly string[];
}

export interface AloneOutput {
  readonly messages: readonly string[];
  /** What the open wallet and its applets add, and keep. */
  readonly wallet: Bytes;
  /** At the most, at the end of any step of the touch, added to that. */
  readonly touch: Bytes;
  /** Made and dropped in the whole touch, if nothing is collected. */
  readonly garbage: Bytes;
  /** Instructions of one collection with the wallet open. */
  readonly collection: number;
  readonly stackSlotsMax: number;
  readonly cStackBytesMax: number;
}

function playedCard(messages: readonly Uint8Array[]): Pick<Card, 'onCommand'> {
  let at = 0;
  return { onCommand: (_, respond) => respond(messages[at++]) };
}

function run(given: AloneInput): AloneOutput {
  const { side, kind, amount } = given;
  const isThere = (which: Side) => side === which || side === 'both';
  const messages = given.messages.map(fromHex);
  const flashes = {
    terminal: new MeteredFlash(isThere('terminal') ? given.terminal : { sectorCount: 0, blocks: [] }),
    card: new MeteredFlash(isThere('card') ? given.card : { sectorCount: 0, blocks: [] }),
  };
  const heard: string[] = [];
  collectGarbage();
  const empty = used();
  const wallet = (which: Side) => openWallet(new Pool(which), flashes[which], curve25519Crypto);
  const card = isThere('card')
    ? new Card(wallet('card'))
    : playedCard(messages.filter((_, i) => i % 2 === 1));
  const couple = new Couple(card, { sent: (message) => heard.push(side === 'both' ? toHex(message) : '') });
  const terminal = isThere('terminal') ? new Terminal(wallet('terminal'), weighed(couple.reader)) : undefined;
  collectGarbage();
  const open = used();
  const beforeCollection = instructions();
  collectGarbage();
  const collection = instructions() - beforeCollection;
  scale = new Scale(open);
  if (terminal) {
    scale.weigh(() => terminal.touch(terminal.order(kind, amount), 500, () => undefined));
    couple.run();
  } else {
    for (let i = 0; i < messages.length; i += 2) {
      scale.weigh(() => card.onCommand(messages[i], () => undefined));
    }
  }
  const { stackSlotsMax, cStackBytesMax } = memory();
  return {
    messages: heard,
    wallet: minus(open, empty),
    touch: scale.most,
    garbage: scale.garbage,
    collection,
    stackSlotsMax,
    cStackBytesMax,
  };
}

let scale: Scale;

/** Puts each step of the terminal on the scale: it begins with what its reader tells it. */
function weighed(reader: NfcReader): NfcReader {
  return {
    connect: (timeout_ms, done) => reader.connect(timeout_ms, (error) => scale.weigh(() => done(error))),
    transceive: (command, done) =>
      reader.transceive(command, (error, response) => scale.weigh(() => done(error, response))),
    release: (done) => reader.release((error) => scale.weigh(() => done(error))),
  };
}

print(JSON.stringify(run(input() as AloneInput)));
