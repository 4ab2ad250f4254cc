/**
 * Runs in XS on the chip: one line for each thing measured, its name and the instructions that one call of it
 * takes.
 */
import { crc32 } from '../../hal/crc32-native.js';
import { curve25519Crypto as crypto } from '../../hal/crypto/curve25519.js';
import { instructions, memory, print } from './engine.js';

const TURNS = 8;

let nothing = 0;

/** The mean of some calls, after a first that makes what is made once; without what counting itself takes. */
function count(name: string, call: () => unknown): void {
  call();
  const before = instructions();
  for (let i = 0; i < TURNS; i++) call();
  const each = Math.round((instructions() - before) / TURNS);
  if (name === '') nothing = each;
  else print(`${name}\t${each - nothing}`);
}

const bytes = (length: number) => new Uint8Array(length).fill(7);
const [none, b32, b64, b256, b1k, b4k] = [0, 32, 64, 256, 1024, 4096].map(bytes);
const key = crypto.ed25519KeyFromSeed(b32);
const publicKey = key.subarray(32);
const signature = crypto.ed25519Sign(key, b256);
const theirs = crypto.x25519PublicKey(b32);
const sealed = crypto.seal(b32, 1, none, b256);

count('', () => undefined);
count('native call alone (CRC-32 of nothing)', () => crc32(none, 0, 0, 0));
count('new Uint8Array(32)', () => new Uint8Array(32));
count('CRC-32, 256 B', () => crc32(b256, 0, 256, 0));
count('CRC-32, 4 KB', () => crc32(b4k, 0, 4096, 0));
count('equal, 32 B', () => crypto.equal(b32, b32));
count('SHA-256, 64 B', () => crypto.sha256(b64));
count('SHA-256, 256 B', () => crypto.sha256(b256));
count('SHA-256, 1 KB', () => crypto.sha256(b1k));
count('HMAC-SHA-256, 32 B', () => crypto.hmacSha256(b32, b32));
count('ChaCha20-Poly1305 seal, 256 B', () => crypto.seal(b32, 1, none, b256));
count('ChaCha20-Poly1305 open, 256 B', () => crypto.open(b32, 1, none, sealed));
count('Ed25519 key from seed', () => crypto.ed25519KeyFromSeed(b32));
count('Ed25519 sign, 256 B', () => crypto.ed25519Sign(key, b256));
count('Ed25519 verify, 256 B', () => crypto.ed25519Verify(publicKey, b256, signature));
count('X25519 public key', () => crypto.x25519PublicKey(b32));
count('X25519 shared secret', () => crypto.x25519(b32, theirs));
print(`C stack, bytes at most\t${memory().cStackBytesMax}`);
