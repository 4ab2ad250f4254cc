/**
 * Runs in XS on the chip: what secrets cost. For each primitive with a secret, the different counts of
 * instructions that many secrets took, and how many secrets were counted, as JSON.
 */
import { curve25519Natives } from '../../hal/crypto/curve25519.js';
import { SimEntropy } from '../../sim/chip/entropy.js';
import { input, instructions, print } from '../xs/engine.js';

/** Of one primitive. */
export interface Counted {
  readonly secrets: number;
  /** Every count that came; one is right. */
  readonly instructions: readonly number[];
}

export interface ConstantTimeInput {
  /** That are counted. */
  readonly secrets: number;
  readonly seed: number;
}

const { ed25519Key, ed25519Sign, x25519Public, x25519 } = curve25519Natives;
const MESSAGE_BYTES = 100;

const { secrets, seed } = input() as ConstantTimeInput;
const entropy = new SimEntropy(seed, 'constant time');
const [secret, publicKey, output32] = [0, 0, 0].map(() => new Uint8Array(32));
const [key, signature] = [0, 0].map(() => new Uint8Array(64));
const message = new Uint8Array(MESSAGE_BYTES);

const primitives: Record<string, () => unknown> = {
  'Ed25519 key': () => ed25519Key(key, secret),
  'Ed25519 sign': () => ed25519Sign(signature, key, message),
  'X25519 key': () => x25519Public(output32, secret),
  X25519: () => x25519(output32, secret, publicKey),
};

/** The first call makes what the engine makes once, and is not counted. */
const WARM_UP = 0;

/** Secrets whose bits are all alike are among them. */
function draw(turn: number): void {
  entropy.fill(secret);
  entropy.fill(publicKey);
  entropy.fill(message);
  if (turn === 1) secret.fill(0);
  if (turn === 2) secret.fill(0xff);
  if (turn === 3) secret.fill(0).fill(1, 0, 1);
}

const counted: Record<string, { secrets: number; instructions: number[] }> = {};
for (const name of Object.keys(primitives)) counted[name] = { secrets: 0, instructions: [] };
for (let turn = WARM_UP; turn <= secrets; turn++) {
  draw(turn);
  for (const name of Object.keys(primitives)) {
    const call = primitives[name];
    const before = instructions();
    call();
    const taken = instructions() - before;
    if (turn === WARM_UP) continue;
    const all = counted[name];
    all.secrets++;
    if (!all.instructions.includes(taken)) all.instructions.push(taken);
  }
}
print(JSON.stringify(counted));
