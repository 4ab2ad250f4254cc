import type { NfcErrorCode } from '../../hal/nfc.js';
import { TAG_EXPECTED_S_MAX } from '../limits.js';
import { admitPayee, type PayeeTag, payeeIn, type TagReaderView } from '../tag/payee-tag.js';
import type { TagFault } from '../tag/tag-fault.js';
import type { MessageRead } from '../tag/tag-reader.js';

/** Whom a tag has shown: a payee that this wallet believes, for a while. */
export interface ShownPayee {
  readonly tag: PayeeTag;
  /** The last second of our clock in which it may be paid. */
  readonly until_s: number;
}

/** What came of reading a tag. */
export type TagRead =
  | { readonly shown: ShownPayee }
  | { readonly fault: TagFault }
  | { readonly torn: NfcErrorCode };

/** What was read, as far as `wallet` believes it. */
export function believe(read: MessageRead, wallet: TagReaderView): TagRead {
  if (!('message' in read)) return read;
  const tag = payeeIn(read.message);
  if (typeof tag === 'number') return { fault: tag };
  const admitted = admitPayee(tag, wallet);
  if (typeof admitted === 'number') return { fault: admitted };
  return { shown: { tag, until_s: wallet.own_s + TAG_EXPECTED_S_MAX } };
}
