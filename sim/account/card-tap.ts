import type { AccountResult } from '../../firmware/terminal/account.js';
import { askForCode } from '../../firmware/terminal/account.js';
import type { Device } from '../device/device.js';
import { ascii } from '../world/test-bank.js';
import { CONNECT_MS, type World } from '../world/world.js';

/** An account card is put to the reader of a terminal, which asks for a code for `amount` (minor units). */
export function touchForCode(
  world: World,
  reader: Device,
  card: Device,
  order: { readonly amount: number; readonly id: Uint8Array; readonly pin?: string | undefined },
): AccountResult {
  let result: AccountResult = { outcome: 'torn', fault: { kind: 'protocol' } };
  const { amount, id, pin } = order;
  world.meet(reader, card, () => {
    let isOver = false;
    card.listen();
    const asked = { amount, id, ...(pin !== undefined && { pin: ascii(pin) }) };
    askForCode(reader.wallet, reader.reader, asked, CONNECT_MS, (given) => {
      result = given;
      isOver = true;
    });
    return () => isOver;
  });
  return result;
}
