import type { Receipt } from '../../../firmware/objects/receipt.js';
import type { Transfer } from '../../../firmware/objects/transfer.js';

/** What a transaction has brought to light against a device, to be proved from the journals in the books. */
export type Suspicion =
  | {
      readonly kind: 'overdrawn';
      readonly device: Uint8Array;
      readonly sequence: number;
      readonly note: Uint8Array;
    }
  | { readonly kind: 'overspent' | 'hops'; readonly device: Uint8Array; readonly sequence: number }
  | { readonly kind: 'terms'; readonly device: Uint8Array; readonly transfer: Transfer }
  | {
      readonly kind: 'accepted';
      readonly device: Uint8Array;
      readonly receipt: Receipt;
      readonly transfer: Transfer;
    }
  | { readonly kind: 'receipts'; readonly device: Uint8Array; readonly receipts: Uint8Array[] };

/** A rule that a device broke, on the bank's own word: no third party could check it. */
export interface Breach {
  readonly device: Uint8Array;
  readonly rule: string;
  readonly sequence: number;
}
