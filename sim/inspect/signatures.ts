import { NOTHING } from '../../firmware/bytes.js';
import { parseEntry } from '../../firmware/ledger/journal-entry.js';
import { OPERATORS_MAX, STORE_KEYS_MAX } from '../../firmware/limits.js';
import { Certificate } from '../../firmware/objects/certificate.js';
import { HotList } from '../../firmware/objects/hot-list.js';
import { Note } from '../../firmware/objects/note.js';
import { Operator } from '../../firmware/objects/operator.js';
import { Profile } from '../../firmware/objects/profile.js';
import { Key, nameOfKey } from '../../firmware/store/keys.js';
import type { Crypto } from '../../hal/crypto.js';
import type { Contents } from './contents.js';

export interface SignatureReport {
  readonly good: number;
  readonly bad: number;
  /** By others, whose certificates no wallet keeps. */
  readonly unknown: number;
}

/** Checks every signature whose key is in the image, the root's downwards. A bad one is a fault. */
export function checkSignatures(crypto: Crypto, contents: Contents, faults: string[]): SignatureReport {
  let [good, bad, unknown] = [0, 0, 0];
  const check = (what: string, key: Uint8Array | undefined, verify: (key: Uint8Array) => boolean) => {
    if (key === undefined) unknown++;
    else if (verify(key)) good++;
    else {
      bad++;
      faults.push(`${what}: the signature is wrong`);
    }
  };
  const rootKey = contents.read(Key.root);
  const keys = new Map<number, Uint8Array>();
  for (let key = Key.operators; key < Key.operators + OPERATORS_MAX; key++) {
    const operator = Operator.parse(contents.read(key) ?? NOTHING);
    if (!operator) continue;
    keys.set(operator.number, operator.key);
    check(nameOfKey(key), rootKey, (by) => operator.verify(crypto, by));
  }
  const own = Certificate.parse(contents.read(Key.certificate) ?? NOTHING);
  if (!own) return { good, bad, unknown };
  const bankKey = keys.get(own.issuer);
  check('certificate', bankKey, (by) => own.verify(crypto, by));
  for (let key = 1; key < STORE_KEYS_MAX; key++) {
    const bytes = contents.read(key);
    if (!bytes) continue;
    const note = Note.parse(bytes);
    if (note) check(nameOfKey(key), keys.get(note.issuer), (by) => note.verify(crypto, by));
    const other = Profile.parse(bytes) ?? HotList.parse(bytes);
    if (other) check(nameOfKey(key), bankKey, (by) => other.verify(crypto, by));
  }
  const { first, next } = contents.range;
  for (let number = first; number < next; number++) {
    const bytes = contents.entry(number);
    const entry = bytes && parseEntry(own.id, bytes);
    const what = `entry ${number}`;
    if (!entry) continue;
    if (entry.kind === 'settled') {
      check(what, keys.get(entry.settlement.issuer), (by) => entry.settlement.verify(crypto, by));
    } else if (entry.kind === 'out') check(what, own.publicKey, (by) => entry.transfer.verify(crypto, by));
    else {
      const isOurs = entry.kind !== 'answer';
      check(what, isOurs ? own.publicKey : undefined, (by) => entry.receipt.verify(crypto, by));
      if (isOurs && entry.transfer) unknown++;
    }
  }
  return { good, bad, unknown };
}
