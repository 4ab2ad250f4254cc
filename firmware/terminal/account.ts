import type { NfcReader } from '../../hal/nfc.js';
import { AccountCode, PRICED_CODE_BYTES } from '../account/account-code.js';
import { behind, putU32 } from '../bytes.js';
import { Message } from '../protocol/message.js';
import { Refusal } from '../protocol/refusal.js';
import type { Wallet } from '../wallet/wallet.js';
import { CardLink, type Fault } from './link.js';

/**
 * What a terminal wants of an account card. It lives through as many touches as it takes, and gets one code:
 * so there is one bill for it, however often it was torn.
 */
export interface AccountOrder {
  /** Minor units. */
  readonly amount: number;
  /** 8 bytes, any: the same order gets the same code as long as the card has power. */
  readonly id: Uint8Array;
  /** Of the card's holder, typed at the terminal. ASCII digits. */
  readonly pin?: Uint8Array;
  /** What it has got. */
  code?: Uint8Array;
}

export type AccountResult =
  /** The code in its compact form, for `Pos.tap`: who signed it is not looked at here. */
  | { readonly outcome: 'given'; readonly code: Uint8Array }
  | { readonly outcome: 'refused'; readonly why: Refusal }
  | { readonly outcome: 'torn'; readonly fault: Fault };

/**
 * Waits up to `timeout_ms` for an account card, and asks it for a code of its account for exactly the order's
 * amount. No money moves: what a code is worth is for a point of sale to decide.
 */
export function askForCode(
  wallet: Wallet,
  reader: NfcReader,
  order: AccountOrder,
  timeout_ms: number,
  done: (result: AccountResult) => void,
): void {
  const { amount, id, pin, code } = order;
  if (code) return done({ outcome: 'given', code });
  const finish = (result: AccountResult): void => link.close(() => done(result));
  const link = new CardLink(wallet, reader, (fault) => finish({ outcome: 'torn', fault }));
  let isPinGiven = false;

  const ask = (): void => {
    const body = new Uint8Array(8 + id.length);
    putU32(body, 0, amount);
    putU32(body, 4, wallet.own_s);
    body.set(id, 8);
    link.send(behind(Message.account, body), false, (answer) => {
      if (answer[0] === 0) given(answer.slice(1));
      else if (answer[0] === Refusal.pin && pin && !isPinGiven) givePin(pin);
      else finish({ outcome: 'refused', why: answer[0] as Refusal });
    });
  };
  const given = (bytes: Uint8Array): void => {
    const isAsked = bytes.length === PRICED_CODE_BYTES && AccountCode.fromBytes(bytes)?.amount === amount;
    if (!isAsked) return finish({ outcome: 'torn', fault: { kind: 'protocol' } });
    order.code = bytes;
    finish({ outcome: 'given', code: bytes });
  };
  const givePin = (digits: Uint8Array): void => {
    isPinGiven = true;
    link.send(behind(Message.verify, digits), false, (answer) => {
      if (answer[0] === 0) ask();
      else finish({ outcome: 'refused', why: answer[0] as Refusal });
    });
  };
  link.open(timeout_ms, ask);
}
