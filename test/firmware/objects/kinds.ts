import { accountCertificate, bill, billReceipt } from './account-kinds.js';
import { hotList, operator, profile, settlement } from './bank-kinds.js';
import type { ObjectKind } from './object-kind.js';
import { certificate, invoice, note, receipt, transfer } from './payment-kinds.js';

export const kinds = [
  certificate,
  note,
  invoice,
  transfer,
  receipt,
  operator,
  profile,
  hotList,
  settlement,
  accountCertificate,
  bill,
  billReceipt,
] as unknown as readonly ObjectKind[];

export type CborByte = 'head' | 'small integer' | 'value';

/**
 * What each byte of a CBOR item is (RFC 8949, 3): worked out from the bytes alone, so it knows nothing of our
 * shapes.
 */
export function classify(item: Uint8Array): CborByte[] {
  const classes: CborByte[] = [];
  let at = 0;
  const read = (): void => {
    const major = item[at] >> 5;
    const info = item[at] & 31;
    const widthOfLength = info < 24 ? 0 : 1 << (info - 24);
    let length = info;
    if (widthOfLength > 0) {
      length = 0;
      for (let i = 1; i <= widthOfLength; i++) length = length * 256 + item[at + i];
    }
    const put = (kind: CborByte, count: number) => {
      for (let i = 0; i < count; i++) classes.push(kind);
      at += count;
    };
    if (major === 0) {
      put(widthOfLength === 0 ? 'small integer' : 'head', 1);
      put('value', widthOfLength);
    } else if (major === 2) {
      put('head', 1 + widthOfLength);
      put('value', length);
    } else if (major === 4) {
      put('head', 1 + widthOfLength);
      for (let i = 0; i < length; i++) read();
    } else throw new Error(`CBOR major type ${major} at ${at}`);
  };
  read();
  if (at !== item.length) throw new Error('more than one item');
  return classes;
}
