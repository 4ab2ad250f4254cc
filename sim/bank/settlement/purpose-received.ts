import { Transfer } from '../../../firmware/objects/transfer.js';
import { isTargetNumber } from '../accounts/targets.js';
import type { TransferRow } from '../db/rows.js';

/**
 * The purpose that the value of a transfer has at its payee: a target is served when it is paid, and the
 * merchant category stays until the payee has met its bank.
 */
export const purposeReceived = ({ purpose, bytes }: TransferRow): number =>
  isTargetNumber(purpose) ? Transfer.parse(bytes)!.purpose : purpose;
