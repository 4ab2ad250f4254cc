import { sameBytes } from '../../firmware/bytes.js';
import { parseEntry } from '../../firmware/ledger/journal-entry.js';
import type { Wallet } from '../../firmware/wallet/wallet.js';

/** Hashes of the transfers that a wallet has accepted since its last settlement. */
function acceptedBy(wallet: Wallet): Uint8Array[] {
  const hashes: Uint8Array[] = [];
  for (let sequence = wallet.ledger.sequence; sequence > 0; sequence--) {
    const bytes = wallet.entry(sequence);
    if (!bytes) break;
    const entry = parseEntry(wallet.certificate.id, bytes);
    if (entry?.kind === 'in') hashes.push(entry.transfer.hash(wallet.crypto));
  }
  return hashes;
}

/**
 * All the value of these wallets, minor units: what each holds, and what is in flight and not yet with its
 * payee. As long as only they deal with each other and no bank settles, nothing may change this sum.
 */
export function wholeValue(...wallets: readonly Wallet[]): number {
  const accepted = wallets.flatMap(acceptedBy);
  let value = 0;
  for (const { ledger } of wallets) {
    value += ledger.held;
    for (const { hash, transfer } of ledger.inFlightTransfers) {
      if (!accepted.some((other) => sameBytes(other, hash))) value += transfer.total;
    }
  }
  return value;
}
