import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { nobleCrypto } from '../../../hal/crypto/noble.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import type { Crypto } from '../../../hal/crypto.js';

export const providers: [name: string, crypto: Crypto][] = [
  ['noble', nobleCrypto],
  ['openssl', opensslCrypto],
];

const vectors = fileURLToPath(new URL('../../../../shared/vectors/', import.meta.url));

/**
 * True when published vectors lie beside the repository. Tests that need them are skipped, visibly, without.
 */
export const vectorsPresent = existsSync(vectors);

// biome-ignore lint/suspicious/noExplicitAny: each published file has its own shape
export function readVectors(name: string): any {
  return JSON.parse(readFileSync(vectors + name, 'utf8'));
}

export function fromHex(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
