import { hostCrypto } from '../../../hal/crypto/host.js';
import { nobleCrypto } from '../../../hal/crypto/noble.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import type { Crypto } from '../../../hal/crypto.js';

export const providers: [name: string, crypto: Crypto][] = [
  ['noble', nobleCrypto],
  ['openssl', opensslCrypto],
  ['host', hostCrypto],
];

export function fromHex(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
