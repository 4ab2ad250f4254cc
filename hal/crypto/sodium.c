/*
 * The Crypto interface of hal/crypto.ts over libsodium, called by sodium.ts. It is written by the conventions
 * of the Moddable SDK, so that boards and the emulated chip compile this one file.
 *
 * Lengths are checked here, all of them: past this point nothing knows where a buffer ends.
 */
#include "buffers.h"
#include <sodium.h>
#include <string.h>

/*
 * Ed25519 must be cofactorless and strict, and the same on every device. These releases are, and were
 * compared line by line; development since 1.0.22 multiplies by the cofactor, and accepts signatures that a
 * bank refuses.
 */
#if !(SODIUM_LIBRARY_VERSION_MAJOR == 10 && SODIUM_LIBRARY_VERSION_MINOR == 3) && \
	!(SODIUM_LIBRARY_VERSION_MAJOR == 26 && SODIUM_LIBRARY_VERSION_MINOR >= 1 && \
	  SODIUM_LIBRARY_VERSION_MINOR <= 4)
#error "libsodium: not one of 1.0.18 to 1.0.22; compare its Ed25519 verification with hal/crypto/ed25519-strict.ts first"
#endif

#define NONCE_BYTES crypto_aead_chacha20poly1305_ietf_NPUBBYTES
#define TAG_BYTES crypto_aead_chacha20poly1305_ietf_ABYTES

/* (digest, a, b?) */
void xs_sodium_sha256(xsMachine *the) {
	crypto_hash_sha256_state state;
	uint8_t *digest = output(the, crypto_hash_sha256_BYTES);
	Buffer a = input(the, 1);
	Buffer b = { NULL, 0 };
	if (xsmcArgc > 2 && xsmcTypeOf(xsArg(2)) != xsUndefinedType) b = input(the, 2);

	crypto_hash_sha256_init(&state);
	crypto_hash_sha256_update(&state, a.data, a.length);
	if (b.length > 0) crypto_hash_sha256_update(&state, b.data, b.length);
	crypto_hash_sha256_final(&state, digest);
	sodium_memzero(&state, sizeof state);
}

/* (tag, key, data) */
void xs_sodium_hmac_sha256(xsMachine *the) {
	crypto_auth_hmacsha256_state state;
	uint8_t *tag = output(the, crypto_auth_hmacsha256_BYTES);
	Buffer key = input(the, 1);
	Buffer data = input(the, 2);

	crypto_auth_hmacsha256_init(&state, key.data, key.length);
	crypto_auth_hmacsha256_update(&state, data.data, data.length);
	crypto_auth_hmacsha256_final(&state, tag);
	sodium_memzero(&state, sizeof state);
}

#define HKDF_BYTES_MAX (255 * crypto_auth_hmacsha256_BYTES)

/*
 * (keys, salt, material, info): as many bytes as `keys` has. The state under the extracted key is made once
 * and copied for each round.
 */
void xs_sodium_hkdf_sha256(xsMachine *the) {
	crypto_auth_hmacsha256_state keyed, state;
	uint8_t block[crypto_auth_hmacsha256_BYTES];
	Buffer keys;
	xsmcGetBufferWritable(xsArg(0), (void **)&keys.data, &keys.length);
	Buffer salt = input(the, 1);
	Buffer material = input(the, 2);
	Buffer info = input(the, 3);
	if (keys.length > HKDF_BYTES_MAX) xsRangeError("HKDF: too many bytes");

	crypto_auth_hmacsha256_init(&state, salt.data, salt.length);
	crypto_auth_hmacsha256_update(&state, material.data, material.length);
	crypto_auth_hmacsha256_final(&state, block);
	crypto_auth_hmacsha256_init(&keyed, block, sizeof block);
	uint8_t round = 1;
	for (xsUnsignedValue at = 0; at < keys.length; at += sizeof block, round++) {
		xsUnsignedValue left = keys.length - at;
		state = keyed;
		if (round > 1) crypto_auth_hmacsha256_update(&state, block, sizeof block);
		crypto_auth_hmacsha256_update(&state, info.data, info.length);
		crypto_auth_hmacsha256_update(&state, &round, 1);
		crypto_auth_hmacsha256_final(&state, block);
		memcpy(keys.data + at, block, left < sizeof block ? left : sizeof block);
	}
	sodium_memzero(&keyed, sizeof keyed);
	sodium_memzero(&state, sizeof state);
	sodium_memzero(block, sizeof block);
}

/* (key, seed) */
void xs_sodium_ed25519_key(xsMachine *the) {
	uint8_t *key = output(the, crypto_sign_SECRETKEYBYTES);
	const uint8_t *seed = inputOf(the, 1, crypto_sign_SEEDBYTES, "seed: must be 32 bytes");
	uint8_t publicKey[crypto_sign_PUBLICKEYBYTES];

	crypto_sign_seed_keypair(publicKey, key, seed);
}

/*
 * (signature, key, message). libsodium signs under the public half as it stands in `key`: whoever can change
 * that half can have the secret. Deriving it anew, as the other providers do, would double the cost; `key`
 * never leaves the device's own memory.
 */
void xs_sodium_ed25519_sign(xsMachine *the) {
	uint8_t *signature = output(the, crypto_sign_BYTES);
	const uint8_t *key = inputOf(the, 1, crypto_sign_SECRETKEYBYTES, "signing key: must be 64 bytes");
	Buffer message = input(the, 2);

	crypto_sign_detached(signature, NULL, message.data, message.length, key);
}

/* (publicKey, message, signature): true when it is valid. */
void xs_sodium_ed25519_verify(xsMachine *the) {
	Buffer publicKey = input(the, 0);
	Buffer message = input(the, 1);
	Buffer signature = input(the, 2);

	xsmcSetBoolean(xsResult, publicKey.length == crypto_sign_PUBLICKEYBYTES &&
		signature.length == crypto_sign_BYTES &&
		crypto_sign_verify_detached(signature.data, message.data, message.length, publicKey.data) == 0);
}

/* (publicKey, secret) */
void xs_sodium_x25519_public(xsMachine *the) {
	uint8_t *publicKey = output(the, crypto_scalarmult_BYTES);
	const uint8_t *secret = inputOf(the, 1, crypto_scalarmult_SCALARBYTES, "secret: must be 32 bytes");

	crypto_scalarmult_base(publicKey, secret);
}

/* (shared, secret, publicKey): false when the shared secret is all zero. */
void xs_sodium_x25519(xsMachine *the) {
	uint8_t *shared = output(the, crypto_scalarmult_BYTES);
	const uint8_t *secret = inputOf(the, 1, crypto_scalarmult_SCALARBYTES, "secret: must be 32 bytes");
	const uint8_t *publicKey = inputOf(the, 2, crypto_scalarmult_BYTES, "public key: must be 32 bytes");

	xsmcSetBoolean(xsResult, crypto_scalarmult(shared, secret, publicKey) == 0);
}

/* (secret, key): the X25519 secret of a signing key, from its seed (RFC 8032 section 5.1.5). */
void xs_sodium_x25519_secret_of(xsMachine *the) {
	uint8_t *secret = output(the, crypto_scalarmult_SCALARBYTES);
	const uint8_t *key = inputOf(the, 1, crypto_sign_SECRETKEYBYTES, "signing key: must be 64 bytes");

	crypto_sign_ed25519_sk_to_curve25519(secret, key);
}

/* A number modulo p = 2^255 - 19, the lowest 32 bits first. */
#define WORDS 8
static const uint32_t fieldPrime[WORDS] = {
	0xffffffed, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x7fffffff
};

static uint32_t addWords(uint32_t *to, const uint32_t *a, const uint32_t *b) {
	uint64_t carry = 0;
	for (int i = 0; i < WORDS; i++) {
		carry += (uint64_t)a[i] + b[i];
		to[i] = (uint32_t)carry;
		carry >>= 32;
	}
	return (uint32_t)carry;
}

/* The borrow, 0 or 1: whether a is below b. */
static uint32_t subtractWords(uint32_t *to, const uint32_t *a, const uint32_t *b) {
	uint32_t borrow = 0;
	for (int i = 0; i < WORDS; i++) {
		uint64_t difference = (uint64_t)a[i] - b[i] - borrow;
		to[i] = (uint32_t)difference;
		borrow = (uint32_t)(difference >> 32) & 1;
	}
	return borrow;
}

static void subtractModulo(uint32_t *to, const uint32_t *a, const uint32_t *b) {
	if (subtractWords(to, a, b)) addWords(to, to, fieldPrime);
}

static void halveWords(uint32_t *a) {
	for (int i = 0; i < WORDS - 1; i++) a[i] = (a[i] >> 1) | (a[i + 1] << 31);
	a[WORDS - 1] >>= 1;
}

static int isZero(const uint32_t *a) {
	uint32_t all = 0;
	for (int i = 0; i < WORDS; i++) all |= a[i];
	return all == 0;
}

/*
 * dividend / divisor modulo p, neither of them p or above, the divisor not 0. The binary algorithm of Euclid
 * (Knuth, volume 2, 4.5.2, algorithm B) on divisor and p, in which the quotient goes along: u = a * divisor /
 * dividend and v = b * divisor / dividend modulo p, v is odd, and at the end v = 1. The time it takes depends
 * on the numbers: they are public.
 */
static void divideModulo(uint32_t *quotient, const uint32_t *dividend, const uint32_t *divisor) {
	uint32_t space[4][WORDS];
	uint32_t *u = space[0], *v = space[1], *a = space[2], *b = space[3], *other;
	memcpy(u, divisor, sizeof space[0]);
	memcpy(v, fieldPrime, sizeof space[0]);
	memcpy(a, dividend, sizeof space[0]);
	memset(b, 0, sizeof space[0]);
	while (!isZero(u)) {
		while (!(u[0] & 1)) {
			halveWords(u);
			/* Below p, so that the sum fits 256 bits. */
			if (a[0] & 1) addWords(a, a, fieldPrime);
			halveWords(a);
		}
		if (subtractWords(u, u, v)) {
			/* u was below v: the difference is negative, and v - u is wanted, with v's place taken by u. */
			addWords(u, u, v);
			other = u, u = v, v = other;
			other = a, a = b, b = other;
			subtractWords(u, u, v);
		}
		subtractModulo(a, a, b);
	}
	memcpy(quotient, b, sizeof space[0]);
}

static void load(uint32_t *words, const uint8_t *bytes) {
	for (int i = 0; i < WORDS; i++, bytes += 4)
		words[i] = bytes[0] | bytes[1] << 8 | bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

/*
 * (publicKey, ed25519PublicKey): u = (1 + y) / (1 - y), RFC 7748 section 4.1; false for y = 1. libsodium's
 * own conversion checks the order of the point besides, which costs as much as a signature: enrolment has
 * done so.
 */
void xs_sodium_x25519_public_of(xsMachine *the) {
	static const uint32_t one[WORDS] = { 1 };
	uint8_t *publicKey = output(the, crypto_scalarmult_BYTES);
	const uint8_t *signingKey = inputOf(the, 1, crypto_sign_PUBLICKEYBYTES, "public key: must be 32 bytes");
	uint32_t y[WORDS], above[WORDS], below[WORDS];

	load(y, signingKey);
	y[WORDS - 1] &= 0x7fffffff;
	if (subtractWords(above, y, fieldPrime) == 0) memcpy(y, above, sizeof y);
	subtractModulo(below, one, y);
	addWords(above, one, y);
	if (subtractWords(y, above, fieldPrime) == 0) memcpy(above, y, sizeof above);
	xsmcSetBoolean(xsResult, !isZero(below));
	if (isZero(below)) return;
	divideModulo(y, above, below);
	for (int i = 0; i < WORDS; i++)
		for (int j = 0; j < 4; j++) publicKey[4 * i + j] = (uint8_t)(y[i] >> (8 * j));
}

/* Noise nonce: 32 zero bits, then the counter as 64 bits, little endian (Noise revision 34, section 12.3). */
static void nonceOf(xsMachine *the, xsIntegerValue index, uint8_t *nonce) {
	double counter = xsmcToNumber(xsArg(index));
	if (!(counter >= 0 && counter <= UINT32_MAX) || counter != (uint32_t)counter)
		xsRangeError("counter: not an unsigned 32-bit number");
	uint32_t value = (uint32_t)counter;
	for (uint32_t i = 0; i < NONCE_BYTES; i++)
		nonce[i] = i < 4 || i > 7 ? 0 : (uint8_t)(value >> (8 * (i - 4)));
}

/* (sealed, key, counter, associated, plaintext) */
void xs_sodium_seal(xsMachine *the) {
	uint8_t nonce[NONCE_BYTES];
	nonceOf(the, 2, nonce);
	const uint8_t *key = inputOf(the, 1, crypto_aead_chacha20poly1305_ietf_KEYBYTES, "key: must be 32 bytes");
	Buffer associated = input(the, 3);
	Buffer plaintext = input(the, 4);
	uint8_t *sealed = output(the, plaintext.length + TAG_BYTES);

	crypto_aead_chacha20poly1305_ietf_encrypt(sealed, NULL, plaintext.data, plaintext.length, associated.data,
		associated.length, NULL, nonce, key);
}

/*
 * (plaintext, key, counter, associated, sealed): false when the tag does not match, and then the plaintext is
 * zeros.
 */
void xs_sodium_open(xsMachine *the) {
	uint8_t nonce[NONCE_BYTES];
	nonceOf(the, 2, nonce);
	const uint8_t *key = inputOf(the, 1, crypto_aead_chacha20poly1305_ietf_KEYBYTES, "key: must be 32 bytes");
	Buffer associated = input(the, 3);
	Buffer sealed = input(the, 4);
	if (sealed.length < TAG_BYTES) xsRangeError("sealed text: shorter than its tag");
	uint8_t *plaintext = output(the, sealed.length - TAG_BYTES);

	xsmcSetBoolean(xsResult, crypto_aead_chacha20poly1305_ietf_decrypt(plaintext, NULL, NULL, sealed.data,
		sealed.length, associated.data, associated.length, nonce, key) == 0);
}

/* (a, b) */
void xs_sodium_equal(xsMachine *the) {
	Buffer a = input(the, 0);
	Buffer b = input(the, 1);

	xsmcSetBoolean(xsResult, a.length == b.length && sodium_memcmp(a.data, b.data, a.length) == 0);
}
