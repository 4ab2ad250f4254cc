import { sameBytes } from '../../firmware/bytes.js';
import type { InFlightTransfer } from '../../firmware/ledger/ledger.js';
import { Outcome } from '../../firmware/objects/receipt.js';
import type { Device } from '../device/device.js';

/** Whether the journal of `payee` has accepted what its payer has in flight still. */
export function hasTaken(payee: Device, { transfer, hash }: InFlightTransfer): boolean {
  const receipt = payee.wallet.closing(transfer.invoice);
  return receipt?.outcome === Outcome.accepted && sameBytes(receipt.transfer, hash);
}
