/** One touch between two wallets in the engine, each step metered. */
import { Card } from '../../../../firmware/card/card.js';
import type { Order, TouchResult } from '../../../../firmware/terminal/order.js';
import { Terminal } from '../../../../firmware/terminal/terminal.js';
import { crc32 } from '../../../../hal/crc32-native.js';
import type { Crypto } from '../../../../hal/crypto.js';
import { collectGarbage } from '../../../xs/engine.js';
import { Mark } from '../codes.js';
import type { FlashImage } from '../flash-image.js';
import { Couple } from './couple.js';
import { openWallet, Pool } from './device.js';
import { calibrate, hookFirmware, meteredCrc32, meteredCrypto, type Overhead } from './hooks.js';
import { Meter } from './meter.js';
import { MeteredFlash } from './metered-flash.js';

export interface TouchInput {
  readonly terminal: FlashImage;
  readonly card: FlashImage;
  readonly kind: Order['kind'];
  readonly amount: number;
  /**
   * Without hooks only the steps are told apart, and their counts are the firmware's own but for the marks.
   */
  readonly hooked: boolean;
}

export interface TouchOutput {
  readonly outcome: string;
  /** Why, if not `paid`: JSON. */
  readonly why: string;
  readonly overhead: Overhead;
  /** See `Meter.log`. */
  readonly log: readonly number[];
}

/** `providerOf`: the primitives of device 0, the terminal, and of device 1. */
export function play(
  { terminal, card, kind, amount, hooked }: TouchInput,
  providerOf: (device: number) => Crypto,
): TouchOutput {
  const meter = new Meter();
  const overhead = calibrate(meter);
  meter.start();
  const crc = hooked ? meteredCrc32(meter, crc32) : crc32;
  const wallet = (name: string, image: FlashImage, device: number) => {
    const provider = providerOf(device);
    const crypto = hooked ? meteredCrypto(meter, provider) : provider;
    return openWallet(new Pool(name), new MeteredFlash(image, hooked ? meter : undefined), crypto, crc);
  };
  const payee = wallet('terminal', terminal, 0);
  const theCard = new Card(wallet('card', card, 1));
  let step = 0;
  const couple = new Couple(theCard, {
    terminal: () => meter.mark(Mark.terminal, step),
    card: () => meter.mark(Mark.card, step++),
    sent: (message) => meter.mark(Mark.sent, message.length),
  });
  const theTerminal = new Terminal(payee, couple.reader);
  const order = theTerminal.order(kind, amount);
  let result: TouchResult | undefined;
  theCard.onActivated();
  if (hooked) hookFirmware(meter);
  // What made the wallets is gone before the count begins, so that no collection falls into it.
  collectGarbage();
  meter.start();
  theTerminal.touch(order, 500, (touched) => {
    result = touched;
    meter.mark(Mark.end, 0);
  });
  couple.run();
  meter.mark(Mark.end, 1);
  theCard.onDeactivated();
  meter.mark(Mark.end, 2);
  const why = JSON.stringify(result?.refusal ?? result?.fault ?? null);
  return { outcome: result?.outcome ?? 'nothing', why, overhead, log: meter.log };
}
