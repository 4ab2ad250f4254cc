/** What C crypto and objects of a fixed shape save: the same work, done in JavaScript. */
import { hex } from '../../../sim/bank/bytes.js';
import { pairOf } from './cases.js';
import { countSides, onChip } from './count.js';
import type { CodecCount, CodecInput } from './engine/codec.js';
import type { Side } from './steps.js';
import { Workshop } from './wallets.js';

/** Instructions of the touch between strangers with noble in the engine. */
export const nobleTouch = (): Promise<Record<Side, number>> =>
  countSides(pairOf('strangers'), 'touch-noble.ts');

export function codecs(): Promise<CodecCount[]> {
  const shop = new Workshop();
  const [payer, payee] = [shop.wallet([10_000]), shop.wallet()];
  const order = payee.terminal.order('pull', 1_250);
  shop.world.touch(payee, payer, order);
  const [note] = shop.bank.notes(payer.wallet, [100]);
  if (!order.transfer) throw new Error('no transfer to measure the codec with');
  const input: CodecInput = {
    certificate: hex(payer.wallet.certificate.bytes),
    note: hex(note.bytes),
    transfer: hex(order.transfer.bytes),
  };
  return onChip<CodecCount[]>('codec.ts', input);
}
