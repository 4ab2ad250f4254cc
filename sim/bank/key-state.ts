import { type EndorsedKey, endorsedKey } from './accounts/central-bank.js';
import { allKeys, type Keys, keyInUseOf, type OperatorKey } from './keys.js';

/** What an operator does with a key: it waits for its time, signs, is replaced by a newer one, has ended. */
export type KeyState = 'waits' | 'signs' | 'replaced' | 'ended';

export interface KeyTold extends EndorsedKey {
  readonly state: KeyState;
}

/** The keys of all operators, the oldest first, with what each does at `time_s`. */
export const keysTold = (keys: Keys, time_s: number): KeyTold[] =>
  allKeys(keys).map((key) => ({ ...endorsedKey(key), state: stateOf(keys, key, time_s) }));

function stateOf(keys: Keys, key: OperatorKey, time_s: number): KeyState {
  const { number, notBefore_s, notAfter_s } = key.endorsement;
  if (notAfter_s < time_s) return 'ended';
  if (keyInUseOf({ keys, time_s }, number) === key) return 'signs';
  return notBefore_s > time_s ? 'waits' : 'replaced';
}
