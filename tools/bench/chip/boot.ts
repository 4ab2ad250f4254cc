/** From reset to ready for a touch, with wallets that hold little and much. */
import type { Device } from '../../../sim/device/device.js';
import { onChip } from './count.js';
import type { BootOutput } from './engine/boot.js';
import { flashImage } from './flash-image.js';
import { Workshop } from './wallets.js';

export interface Boot extends BootOutput {
  readonly what: string;
}

const ENTRIES = 2_500;
const NOTES = 1_000;
const AMOUNT = 5;

export async function boots(): Promise<Boot[]> {
  const shop = new Workshop();
  const [empty, full, rich] = [shop.wallet(), shop.wallet(), shop.wallet(Array(NOTES).fill(500))];
  const people = shop.wallet([1_000_000]);
  for (let i = 0; i < ENTRIES; i++) {
    if (i % 1_000 === 999) shop.bank.settle(people.wallet, []);
    shop.pay(people, full, AMOUNT);
  }
  const of = async (what: string, device: Device): Promise<Boot> => ({
    what,
    ...(await onChip<BootOutput>('boot.ts', flashImage(device.nor.exportImage()))),
  });
  return [
    await of('personalised, nothing held', empty),
    await of('2,500 payments in the journal', full),
    await of('1,000 notes', rich),
  ];
}
