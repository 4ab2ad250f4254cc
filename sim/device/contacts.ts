/** A card's contacts, as a personalisation station has them: one APDU, and its answer at once. */
import { StatusWord } from '../../firmware/protocol/status-word.js';
import type { NfcCardHandler } from '../../hal/nfc.js';

export function exchange(card: Pick<NfcCardHandler, 'onCommand'>, command: Uint8Array): Uint8Array {
  let response = new Uint8Array(0);
  card.onCommand(command, (bytes) => {
    response = bytes.slice();
  });
  return response;
}

/** The data of an answer. Throws an Error when its status word is not 9000. */
export function expectOk(response: Uint8Array): Uint8Array {
  const status = (response[response.length - 2] << 8) | response[response.length - 1];
  if (status !== StatusWord.ok) throw new Error(`the device answers ${status.toString(16)}`);
  return response.slice(0, -2);
}
