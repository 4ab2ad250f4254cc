/**
 * Conformance of a crypto provider and a CRC: standards' own examples, and vectors that Node prepares with
 * the reference provider.
 */
import type { Crypto } from '../../../hal/crypto.js';
import { ascii, fromHex, same, throws, toHex } from '../check.js';
import type { Case, Suite } from '../suite.js';

/** All bytes in hex. */
export interface CryptoInput {
  readonly hashes: readonly { a: string; b: string; sha256: string; hmac: string; hkdf: string }[];
  readonly keys: readonly {
    seed: string;
    message: string;
    key: string;
    signature: string;
    x25519: string;
    /** The X25519 secret of that key. */
    secretOf: string;
  }[];
  /** Ed25519 public keys, the extreme ones among them, and their images; undefined where there is none. */
  readonly images: readonly { ed25519: string; x25519: string | undefined }[];
  readonly seals: readonly {
    key: string;
    counter: number;
    associated: string;
    plain: string;
    sealed: string;
  }[];
  /** Ed25519 by a signer who cheats, with the reference's verdict. */
  readonly attempts: readonly { publicKey: string; message: string; signature: string; valid: boolean }[];
  /** Undefined where the vectors do not lie beside the project. */
  readonly wycheproof?: Wycheproof;
}

export interface Wycheproof {
  readonly ed25519: readonly {
    id: number;
    publicKey: string;
    message: string;
    signature: string;
    valid: boolean;
  }[];
  readonly x25519: readonly {
    id: number;
    secret: string;
    publicKey: string;
    shared: string;
    zero: boolean;
  }[];
  readonly hmac: readonly { id: number; key: string; message: string; tag: string; valid: boolean }[];
  readonly hkdf: readonly {
    id: number;
    salt: string;
    material: string;
    info: string;
    bytes: number;
    /** Undefined when so many bytes are too many. */
    keys: string | undefined;
  }[];
}

/** RFC 8032 section 7.1, tests 1 and 2. */
const RFC8032 = [
  {
    seed: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    publicKey: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    message: '',
    signature:
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  },
  {
    seed: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    publicKey: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    message: '72',
    signature:
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  },
];

export const suite: Suite<CryptoInput> = ({ crypto, crc32 }, input) => [
  ...standards(crypto),
  {
    name: 'CRC-32 has the check value of its catalogue, whole or in two parts',
    run: () => {
      const digits = ascii('x123456789x');
      same(crc32(digits, 1, 10, 0), 0xcbf43926);
      same(crc32(digits, 5, 10, crc32(digits, 1, 5, 0)), 0xcbf43926);
      same(crc32(digits, 4, 4, 0), 0);
      same(crc32(digits, 4, 4, 0xcbf43926), 0xcbf43926);
    },
  },
  ...shapes(crypto),
  ...reference(crypto, input),
  ...(input.wycheproof ? wycheproof(crypto, input.wycheproof) : []),
];

const standards = (crypto: Crypto): Case[] => [
  {
    name: 'SHA-256 of FIPS 180-4, whole or in two parts',
    run: () => {
      const long = 'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq';
      same(
        toHex(crypto.sha256(ascii('abc'))),
        'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      );
      const digest = '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1';
      same(toHex(crypto.sha256(ascii(long))), digest);
      same(toHex(crypto.sha256(ascii(long.slice(0, 7)), ascii(long.slice(7)))), digest);
    },
  },
  {
    name: 'HMAC-SHA-256 of RFC 4231, tests 1 and 2',
    run: () => {
      const first = crypto.hmacSha256(new Uint8Array(20).fill(0x0b), ascii('Hi There'));
      same(toHex(first), 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7');
      const second = crypto.hmacSha256(ascii('Jefe'), ascii('what do ya want for nothing?'));
      same(toHex(second), '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843');
    },
  },
  {
    name: 'HKDF-SHA-256 of RFC 5869, tests 1 and 3',
    run: () => {
      const bytes = (length: number, first: number) => Uint8Array.from({ length }, (_, i) => first + i);
      const material = new Uint8Array(22).fill(0x0b);
      same(
        toHex(crypto.hkdfSha256(bytes(13, 0), material, bytes(10, 0xf0), 42)),
        '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
      );
      const none = new Uint8Array(0);
      same(
        toHex(crypto.hkdfSha256(none, material, none, 42)),
        '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
      );
    },
  },
  {
    name: 'Ed25519 of RFC 8032, tests 1 and 2',
    run: () => {
      for (const { seed, publicKey, message, signature } of RFC8032) {
        const key = crypto.ed25519KeyFromSeed(fromHex(seed));
        same(toHex(key), seed + publicKey);
        same(toHex(crypto.ed25519Sign(key, fromHex(message))), signature);
        same(crypto.ed25519Verify(fromHex(publicKey), fromHex(message), fromHex(signature)), true);
        same(crypto.ed25519Verify(fromHex(publicKey), fromHex(`${message}00`), fromHex(signature)), false);
      }
    },
  },
];

const shapes = (crypto: Crypto): Case[] => [
  {
    name: 'equal compares contents and lengths',
    run: () => {
      same(crypto.equal(fromHex('0102'), fromHex('0102')), true);
      same(crypto.equal(fromHex('0102'), fromHex('0103')), false);
      same(crypto.equal(fromHex('0102'), fromHex('01')), false);
      same(crypto.equal(new Uint8Array(0), new Uint8Array(0)), true);
    },
  },
  {
    name: 'wrong lengths and counters, which only a mistake in our own code can bring, throw a RangeError',
    run: () => {
      const short = new Uint8Array(31);
      const key = new Uint8Array(32);
      throws(RangeError, () => crypto.ed25519KeyFromSeed(short), 'seed');
      throws(RangeError, () => crypto.ed25519Sign(key, short), 'signing key');
      throws(RangeError, () => crypto.x25519PublicKey(short), 'secret');
      throws(RangeError, () => crypto.x25519(short, key), 'secret');
      throws(RangeError, () => crypto.x25519(key, short), 'public key');
      throws(RangeError, () => crypto.x25519SecretOf(short), 'signing key');
      throws(RangeError, () => crypto.x25519PublicKeyOf(short), 'public key');
      throws(RangeError, () => crypto.seal(short, 0, key, key), 'key');
      throws(RangeError, () => crypto.open(short, 0, key, key), 'key');
      throws(RangeError, () => crypto.seal(key, 2 ** 32, key, key), 'counter above 32 bits');
      throws(RangeError, () => crypto.seal(key, 0.5, key, key), 'counter with a fraction');
      throws(RangeError, () => crypto.open(key, -1, key, key), 'counter below 0');
    },
  },
  {
    name: 'every input may be a part of a larger buffer',
    run: () => {
      const within = (bytes: Uint8Array) => {
        const larger = new Uint8Array(bytes.length + 7).fill(0xee);
        larger.set(bytes, 3);
        return larger.subarray(3, 3 + bytes.length);
      };
      const seed = new Uint8Array(32).fill(7);
      const key = crypto.ed25519KeyFromSeed(within(seed));
      const message = ascii('message');
      const signature = crypto.ed25519Sign(within(key), within(message));
      same(crypto.ed25519Verify(within(key.subarray(32)), within(message), within(signature)), true);
      const sealed = crypto.seal(within(seed), 5, within(message), within(message));
      same(crypto.open(within(seed), 5, within(message), within(sealed)), message);
      same(crypto.sha256(within(message), within(message)), crypto.sha256(ascii('messagemessage')));
    },
  },
  {
    name: 'a verdict on an Ed25519 signature of a wrong length is false',
    run: () => {
      same(crypto.ed25519Verify(new Uint8Array(31), new Uint8Array(0), new Uint8Array(64)), false);
      same(crypto.ed25519Verify(new Uint8Array(32), new Uint8Array(0), new Uint8Array(63)), false);
      same(crypto.ed25519Verify(new Uint8Array(32), new Uint8Array(0), new Uint8Array(0)), false);
    },
  },
];

const reference = (crypto: Crypto, { hashes, keys, images, seals, attempts }: CryptoInput): Case[] => [
  {
    name: 'X25519 keys from Ed25519 keys are those of the reference, and belong together',
    run: () => {
      for (const { key, secretOf } of keys) {
        const secret = crypto.x25519SecretOf(fromHex(key));
        same(toHex(secret), secretOf);
        same(crypto.x25519PublicKeyOf(fromHex(key).subarray(32)), crypto.x25519PublicKey(secret));
      }
      for (const { ed25519, x25519 } of images) {
        const image = crypto.x25519PublicKeyOf(fromHex(ed25519));
        same(image && toHex(image), x25519);
      }
    },
  },
  {
    name: 'hashes and MACs are those of the reference',
    run: () => {
      for (const { a, b, sha256, hmac, hkdf } of hashes) {
        same(toHex(crypto.sha256(fromHex(a), fromHex(b))), sha256);
        same(toHex(crypto.hmacSha256(fromHex(a), fromHex(b))), hmac);
        same(toHex(crypto.hkdfSha256(fromHex(a), fromHex(b), fromHex(a), hkdf.length / 2)), hkdf);
      }
    },
  },
  {
    name: 'keys, signatures and shared secrets are those of the reference',
    run: () => {
      keys.forEach((mine, i) => {
        const key = crypto.ed25519KeyFromSeed(fromHex(mine.seed));
        same(toHex(key), mine.key);
        same(toHex(crypto.ed25519Sign(key, fromHex(mine.message))), mine.signature);
        same(toHex(crypto.x25519PublicKey(fromHex(mine.seed))), mine.x25519);
        const theirs = keys[(i + 1) % keys.length];
        const shared = crypto.x25519(fromHex(mine.seed), fromHex(theirs.x25519));
        same(shared, crypto.x25519(fromHex(theirs.seed), fromHex(mine.x25519)));
      });
    },
  },
  {
    name: 'sealed text is that of the reference, and opens; cut short, or with a bit changed, it does not',
    run: () => {
      for (const { key, counter, associated, plain, sealed } of seals) {
        const [k, ad, text] = [key, associated, plain].map(fromHex);
        const bytes = crypto.seal(k, counter, ad, text);
        same(toHex(bytes), sealed);
        same(crypto.open(k, counter, ad, bytes), text);
        same(crypto.open(k, counter, ad, bytes.subarray(1)), undefined);
        same(crypto.open(k, counter, ad, bytes.subarray(0, 15)), undefined);
        same(crypto.open(k, (counter ^ 1) >>> 0, ad, bytes), undefined);
        bytes[bytes.length >> 1] ^= 0x10;
        same(crypto.open(k, counter, ad, bytes), undefined);
      }
    },
  },
  {
    name: 'Ed25519 signatures made by a cheat get the verdict of the reference',
    run: () => {
      for (const { publicKey, message, signature, valid } of attempts) {
        const verdict = crypto.ed25519Verify(fromHex(publicKey), fromHex(message), fromHex(signature));
        same(verdict, valid, `${publicKey},${message},${signature}`);
      }
    },
  },
  {
    name: 'Ed25519 signatures under a key that was prepared get the same verdict, good keys and bad ones',
    run: () => {
      attempts.forEach(({ publicKey, message, signature, valid }, i) => {
        crypto.ed25519Prepare(fromHex(publicKey), i % 2);
        const verdict = crypto.ed25519Verify(fromHex(publicKey), fromHex(message), fromHex(signature));
        same(verdict, valid, `${publicKey},${message},${signature}`);
      });
      crypto.ed25519Prepare(new Uint8Array(31), 0);
      const { key, message, signature } = keys[0];
      const [publicKey, other] = [key, keys[1].key].map((each) => fromHex(each).subarray(32));
      const verdict = () => crypto.ed25519Verify(publicKey, fromHex(message), fromHex(signature));
      crypto.ed25519Prepare(publicKey, 0);
      crypto.ed25519Prepare(other, 1);
      same(verdict(), true, 'beside another');
      crypto.ed25519Prepare(other, 0);
      same(verdict(), true, 'in whose place another has come');
      crypto.ed25519Prepare(publicKey, 1);
      same(verdict(), true, 'in the other place');
      crypto.ed25519Prepare(new Uint8Array(0), 1);
      same(verdict(), true, 'in whose place nothing is');
      crypto.ed25519Prepare(publicKey, 1);
      crypto.ed25519Prepare(new Uint8Array(32), 1);
      same(verdict(), true, 'in whose place none has come');
    },
  },
];

const wycheproof = (crypto: Crypto, { ed25519, x25519, hmac, hkdf }: Wycheproof): Case[] => [
  {
    name: 'Wycheproof: Ed25519 verifies what is valid and nothing else',
    run: () => {
      for (const { id, publicKey, message, signature, valid } of ed25519) {
        same(
          crypto.ed25519Verify(fromHex(publicKey), fromHex(message), fromHex(signature)),
          valid,
          `tcId ${id}`,
        );
      }
      for (const { id, publicKey, message, signature, valid } of ed25519) {
        crypto.ed25519Prepare(fromHex(publicKey), id % 2);
        same(
          crypto.ed25519Verify(fromHex(publicKey), fromHex(message), fromHex(signature)),
          valid,
          `tcId ${id}, key prepared`,
        );
      }
    },
  },
  {
    name: 'Wycheproof: X25519 gives the shared secret, or undefined when it is all zero',
    run: () => {
      for (const { id, secret, publicKey, shared, zero } of x25519) {
        same(
          crypto.x25519(fromHex(secret), fromHex(publicKey)),
          zero ? undefined : fromHex(shared),
          `tcId ${id}`,
        );
      }
    },
  },
  {
    name: 'Wycheproof: HMAC-SHA-256',
    run: () => {
      for (const { id, key, message, tag, valid } of hmac) {
        const found = toHex(crypto.hmacSha256(fromHex(key), fromHex(message))).slice(0, tag.length);
        same(found === tag, valid, `tcId ${id}`);
      }
    },
  },
  {
    name: 'Wycheproof: HKDF-SHA-256',
    run: () => {
      for (const { id, salt, material, info, bytes, keys } of hkdf) {
        const run = () => crypto.hkdfSha256(fromHex(salt), fromHex(material), fromHex(info), bytes);
        if (keys === undefined) throws(RangeError, run, `tcId ${id}`);
        else same(toHex(run()), keys, `tcId ${id}`);
      }
    },
  },
];
