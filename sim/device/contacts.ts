/** A card's contacts, as a personalisation station has them: one APDU, and its answer at once. */
import type { NfcCardHandler } from '../../hal/nfc.js';

export function exchange(card: Pick<NfcCardHandler, 'onCommand'>, command: Uint8Array): Uint8Array {
  let response = new Uint8Array(0);
  card.onCommand(command, (bytes) => {
    response = bytes.slice();
  });
  return response;
}
