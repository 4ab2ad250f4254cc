/**
 * Runs in XS on the chip: a terminal decides about the code of an account, of a user whom it has never met.
 * Prints JSON.
 */
import { platformIdOf } from '../../../../firmware/account/account-certificate.js';
import { decide } from '../../../../firmware/account/decision.js';
import { SerialSet } from '../../../../firmware/account/serial-set.js';
import { UserCounts } from '../../../../firmware/account/user-counts.js';
import type { Limits } from '../../../../firmware/objects/profile.js';
import { KeyPlace } from '../../../../firmware/trust/trust.js';
import { curve25519Crypto as crypto } from '../../../../hal/crypto/curve25519.js';
import { collectGarbage, input, instructions, print } from '../../../xs/engine.js';
import { fromHex } from './hex.js';

export interface DecisionInput {
  /** The platform's public key, in hexadecimal. */
  readonly platform: string;
  /** Codes of two users; the first is decided about uncounted. */
  readonly texts: readonly [string, string];
  readonly denied: readonly number[];
  readonly limits: Limits;
  readonly now_s: number;
}

/** Instructions. */
export interface DecisionOutput {
  /** With what was made of the platform's key beforehand, and without. */
  readonly prepared: number;
  readonly alone: number;
}

const AMOUNT = 1_250;
const { platform, texts, denied, limits, now_s } = input() as DecisionInput;
const publicKey = fromHex(platform);
const denylist = new SerialSet(denied);

function count(): number {
  const counts = new UserCounts();
  const id = platformIdOf(crypto, publicKey);
  const platforms = [{ id, publicKey, operator: 1, denied: denylist }];
  const terminal = { platforms, limits, scene: 0, tierMin: 0, counts, lastSync_s: now_s };
  let taken = 0;
  for (const text of texts) {
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    collectGarbage();
    const before = instructions();
    const { refusal } = decide(crypto, terminal, AMOUNT, now_s, bytes);
    taken = instructions() - before;
    if (refusal !== undefined) throw new Error(`an honest code is refused: ${refusal}`);
  }
  return taken;
}

const alone = count();
crypto.ed25519Prepare(publicKey, KeyPlace.operator);
print(JSON.stringify({ prepared: count(), alone } satisfies DecisionOutput));
