#include "ed25519.h"
#include "comb25519.h"
#include <sodium.h>
#include <string.h>

#define HASH_BYTES crypto_hash_sha512_BYTES

typedef struct {
	uint8_t publicKey[ED25519_PUBLIC_BYTES];
	uint32_t isMade;
	PointTable table;
} PreparedKey;

static PreparedKey prepared[ED25519_DEVICES][ED25519_PLACES];

/* Secret scalar and prefix, RFC 8032 section 5.1.5. */
static void expand(Scalar *secret, uint8_t *hash, const uint8_t *seed) {
	crypto_hash_sha512(hash, seed, ED25519_SEED_BYTES);
	hash[0] &= 0xf8;
	hash[31] = (hash[31] & 0x7f) | 0x40;
	scalarFromBytes(secret, hash);
}

static void multiplyBase(uint8_t *encoded, const Scalar *scalar) {
	Point point;
	combBase(&point, scalar);
	pointToBytes(encoded, &point);
	sodium_memzero(&point, sizeof point);
}

void ed25519Key(uint8_t *key, const uint8_t *seed) {
	uint8_t hash[HASH_BYTES];
	Scalar secret;
	expand(&secret, hash, seed);
	memmove(key, seed, ED25519_SEED_BYTES);
	multiplyBase(key + ED25519_SEED_BYTES, &secret);
	sodium_memzero(hash, sizeof hash);
	sodium_memzero(&secret, sizeof secret);
}

/* SHA-512 of R, public key and message, modulo L. */
static void challengeOf(Scalar *to, const uint8_t *r, const uint8_t *publicKey, const uint8_t *message,
	size_t length) {
	crypto_hash_sha512_state state;
	uint8_t hash[HASH_BYTES];
	crypto_hash_sha512_init(&state);
	crypto_hash_sha512_update(&state, r, FIELD_BYTES);
	crypto_hash_sha512_update(&state, publicKey, ED25519_PUBLIC_BYTES);
	crypto_hash_sha512_update(&state, message, length);
	crypto_hash_sha512_final(&state, hash);
	scalarReduce(to, hash);
}

/* RFC 8032 section 5.1.6, under the public half as it stands in `key`. */
void ed25519Sign(uint8_t *signature, const uint8_t *key, const uint8_t *message, size_t length) {
	crypto_hash_sha512_state state;
	uint8_t hash[HASH_BYTES];
	Scalar secret, nonce, challenge;

	expand(&secret, hash, key);
	crypto_hash_sha512_init(&state);
	crypto_hash_sha512_update(&state, hash + 32, 32);
	crypto_hash_sha512_update(&state, message, length);
	crypto_hash_sha512_final(&state, hash);
	scalarReduce(&nonce, hash);

	multiplyBase(signature, &nonce);
	challengeOf(&challenge, signature, key + ED25519_SEED_BYTES, message, length);
	scalarMultiplyAdd(&challenge, &challenge, &secret, &nonce);
	scalarToBytes(signature + FIELD_BYTES, &challenge);
	sodium_memzero(hash, sizeof hash);
	sodium_memzero(&state, sizeof state);
	sodium_memzero(&secret, sizeof secret);
	sodium_memzero(&nonce, sizeof nonce);
}

/* Of every point whose order divides 8, y below p: orders 4, 1, 8, 8 and 2. */
static const uint8_t smallOrderY[][FIELD_BYTES] = {
	{ 0 },
	{ 1 },
	{ 0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
	  0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05 },
	{ 0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
	  0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a },
	{ 0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f },
};

/* Whether y is below p and not one of these. The sign of x, in the highest bit, does not matter. */
static int isStrict(const uint8_t *encoded) {
	static const uint8_t prime[FIELD_BYTES] = {
		0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
	};
	uint8_t y[FIELD_BYTES];
	memcpy(y, encoded, FIELD_BYTES);
	y[FIELD_BYTES - 1] &= 0x7f;
	for (size_t i = 0; i < sizeof smallOrderY / sizeof smallOrderY[0]; i++)
		if (memcmp(y, smallOrderY[i], FIELD_BYTES) == 0) return 0;
	int i = FIELD_BYTES - 1;
	while (i > 0 && y[i] == prime[i]) i--;
	return y[i] < prime[i];
}

static const PointTable *tableOf(unsigned device, const uint8_t *publicKey) {
	for (unsigned place = 0; place < ED25519_PLACES; place++) {
		const PreparedKey *key = &prepared[device][place];
		if (key->isMade && memcmp(key->publicKey, publicKey, ED25519_PUBLIC_BYTES) == 0) return &key->table;
	}
	return NULL;
}

void ed25519Forget(unsigned device, unsigned place) {
	prepared[device][place].isMade = 0;
}

void ed25519Prepare(unsigned device, unsigned place, const uint8_t *publicKey) {
	Point negative;
	PreparedKey *key = &prepared[device][place];
	if (tableOf(device, publicKey)) return;
	key->isMade = 0;
	if (!isStrict(publicKey) || !pointFromBytesNegated(&negative, publicKey)) return;
	combTable(&key->table, &negative);
	memcpy(key->publicKey, publicKey, ED25519_PUBLIC_BYTES);
	key->isMade = 1;
}

/*
 * R is compared with s B - k A as bytes, which are canonical: so one that is not never fits. The table of a
 * key is of minus its point, and there only for a key that may be used.
 */
int ed25519Verify(unsigned device, const uint8_t *publicKey, const uint8_t *message, size_t length,
	const uint8_t *signature) {
	uint8_t r[FIELD_BYTES];
	Scalar s, challenge;
	Point negative, sum;
	const PointTable *table = tableOf(device, publicKey);

	if (!scalarIsCanonical(signature + FIELD_BYTES) || !isStrict(signature)) return 0;
	if (!table && (!isStrict(publicKey) || !pointFromBytesNegated(&negative, publicKey))) return 0;
	scalarFromBytes(&s, signature + FIELD_BYTES);
	challengeOf(&challenge, signature, publicKey, message, length);
	if (table) combSum(&sum, &s, &challenge, table);
	else windowSum(&sum, &s, &challenge, &negative);
	pointToBytes(r, &sum);
	return memcmp(r, signature, FIELD_BYTES) == 0;
}
