/**
 * Runs in XS on the chip: a journal goes up over a cable, in the longest pages that there are, to see how
 * much memory that takes. Prints JSON.
 */
import { concat, getU32, NOTHING } from '../../../../firmware/bytes.js';
import { Card } from '../../../../firmware/card/card.js';
import { agreementOf, Responder } from '../../../../firmware/channel/handshake.js';
import { ConsoleCommand } from '../../../../firmware/console/codes.js';
import { buildFrame, CONSOLE_PAYLOAD_BYTES_MAX } from '../../../../firmware/console/frame.js';
import { buildEnvelope, SELECT_APPLICATION } from '../../../../firmware/protocol/apdu.js';
import { SYNC_PROLOGUE } from '../../../../firmware/protocol/prologue.js';
import { Answer, Ask, items, numbered } from '../../../../firmware/protocol/sync-message.js';
import { crc32 } from '../../../../hal/crc32-native.js';
import { curve25519Crypto as crypto } from '../../../../hal/crypto/curve25519.js';
import { collectGarbage, input, print } from '../../../xs/engine.js';
import type { FlashImage } from '../flash-image.js';
import { openWallet, Pool } from './device.js';
import { fromHex } from './hex.js';
import { MeteredFlash } from './metered-flash.js';
import { type Bytes, Scale, used } from './scale.js';

export interface SyncPagesInput {
  readonly device: FlashImage;
  /** Of its bank, in hexadecimal: certificate, and the Ed25519 key (64 bytes) that it is for. */
  readonly certificate: string;
  readonly signingKey: string;
}

export interface SyncPagesOutput {
  /** Beside the open wallet, at the end of a step, with all that the step has dropped. */
  readonly most: Bytes;
  /** Of the longest message. */
  readonly messageBytes: number;
}

function run(given: SyncPagesInput): SyncPagesOutput {
  const certificate = fromHex(given.certificate);
  const staticKey = agreementOf(crypto, fromHex(given.signingKey));
  const secret = new Uint8Array(32).fill(7);
  const bank = new Responder(crypto, staticKey, {
    secret,
    publicKey: crypto.x25519PublicKey(secret).slice(),
  });
  const card = new Card(openWallet(new Pool('card'), new MeteredFlash(given.device), crypto));
  card.onActivated();
  card.onCommand(SELECT_APPLICATION, () => {});
  collectGarbage();
  const scale = new Scale(used());
  let messageBytes = 0;
  /** What the console does with a message of the bank's. */
  const say = (message: Uint8Array): Uint8Array => {
    let said: Uint8Array = NOTHING;
    scale.weigh(() => {
      card.onCommand(buildEnvelope(message, CONSOLE_PAYLOAD_BYTES_MAX), (response) => {
        said = response.subarray(0, response.length - 2);
        buildFrame(crc32, { code: ConsoleCommand.sync, tag: 0, payload: said });
      });
    });
    messageBytes = Math.max(messageBytes, said.length);
    return said;
  };
  bank.hello(SYNC_PROLOGUE, say(NOTHING).slice());
  let said = say(concat(certificate, bank.e, bank.finish(new Uint8Array(4))));
  for (let wanted = 1; ; ) {
    const asked = bank.session.open(said.slice());
    if (!asked) throw new Error('the device ends the sync');
    if (asked[0] === Ask.settle) return { most: scale.dirtiest, messageBytes };
    if (asked[0] === Ask.page) wanted = getU32(asked, 1) + items(asked, 5)!.length;
    said = say(bank.session.seal(numbered(Answer.from, wanted)));
  }
}

print(JSON.stringify(run(input() as SyncPagesInput)));
