/*
 * hal/crypto/curve25519/ against libsodium, case by case, on this machine. (cases, seed): prints what was
 * tried and how many signatures of it were valid; ends with 1 at the first difference, and says which case it
 * was. With the name of a file as third argument it writes the cases and libsodium's answers there, for the
 * chip to try.
 */
#include "ed25519.h"
#include "chip/whole.h"
#include "splitmix.h"
#include "x25519.h"
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WITH_TABLE 0
#define WITHOUT_TABLE 1

/* What libsodium's start-up file would bring. */
void sodium_misuse(void) { abort(); }
void randombytes_buf(void *const bytes, const size_t length) { abort(); }

static const uint8_t order[32] = {
	0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
	[31] = 0x10,
};

/* Of order 8, and its multiples. */
static const uint8_t order8[32] = {
	0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
	0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
};
static uint8_t torsion[8][32];

static void makeTorsion(void) {
	memset(torsion[0], 0, 32);
	torsion[0][0] = 1;
	for (int i = 1; i < 8; i++)
		if (crypto_core_ed25519_add(torsion[i], torsion[i - 1], order8) != 0) abort();
}

/* Where carries and borrows go through all of a number. */
static void extreme(uint8_t *bytes) {
	switch (below(6)) {
	case 0: memset(bytes, 0, 32); break;
	case 1: memset(bytes, 0xff, 32); break;
	case 2: memset(bytes, 0xff, 32), bytes[0] = (uint8_t)(0xe8 + below(12)), bytes[31] = 0x7f; break;
	case 3: memcpy(bytes, torsion[below(8)], 32); break;
	case 4: memset(bytes, 0, 32), bytes[below(32)] = (uint8_t)(1 << below(8)); break;
	default: memset(bytes, 0, 32), memset(bytes, 0xff, below(32)); break;
	}
	if (below(2)) bytes[0] += (uint8_t)below(4);
	if (below(4) == 0) bytes[31] ^= 0x80;
}

static void addOrder(uint8_t *s) {
	unsigned carry = 0;
	for (int i = 0; i < 32; i++) {
		carry += s[i] + order[i];
		s[i] = (uint8_t)carry;
		carry >>= 8;
	}
}

/* A signature under a key, and with an R, that each have a part of small order; some of them are valid. */
static void signWithTorsion(Attempt *attempt, const uint8_t *seed) {
	uint8_t hash[64], nonce[64], challenge[64], base[32], k[32];
	crypto_hash_sha512_state sha;
	crypto_hash_sha512(hash, seed, 32);
	uint8_t wide[64] = { 0 }, secret[32];
	memcpy(wide, hash, 32);
	crypto_core_ed25519_scalar_reduce(secret, wide);
	fill(nonce, 64);
	crypto_core_ed25519_scalar_reduce(nonce, nonce);
	if (crypto_scalarmult_ed25519_base_noclamp(base, secret) != 0) return;
	crypto_core_ed25519_add(attempt->publicKey, base, torsion[below(8)]);
	if (crypto_scalarmult_ed25519_base_noclamp(base, nonce) != 0) return;
	crypto_core_ed25519_add(attempt->signature, base, torsion[below(8)]);
	crypto_hash_sha512_init(&sha);
	crypto_hash_sha512_update(&sha, attempt->signature, 32);
	crypto_hash_sha512_update(&sha, attempt->publicKey, 32);
	crypto_hash_sha512_update(&sha, attempt->message, attempt->length);
	crypto_hash_sha512_final(&sha, challenge);
	crypto_core_ed25519_scalar_reduce(k, challenge);
	crypto_core_ed25519_scalar_mul(k, k, secret);
	crypto_core_ed25519_scalar_add(attempt->signature + 32, k, nonce);
}

/* Changes a good signature in one of the ways that verifiers differ about. */
static void spoil(Attempt *attempt, const uint8_t *seed) {
	uint8_t *s = attempt->signature + 32;
	switch (below(20)) {
	case 0: attempt->signature[below(64)] ^= (uint8_t)(1 << below(8)); break;
	case 1: attempt->publicKey[below(32)] ^= (uint8_t)(1 << below(8)); break;
	case 2: attempt->message[0] ^= 1; break;
	case 3: addOrder(s); break;
	case 4: memcpy(s, order, 32), s[below(2) ? 0 : 31] += (uint8_t)(below(5) - 2); break;
	case 5: memset(s, 0, 32); break;
	case 6: extreme(attempt->signature); break;
	case 7: extreme(attempt->publicKey); break;
	case 8: extreme(attempt->publicKey), extreme(attempt->signature), memset(s, 0, 32); break;
	case 9: attempt->publicKey[31] ^= 0x80; break;
	case 10: fill(attempt->publicKey, 32); break;
	case 11: case 12: signWithTorsion(attempt, seed); break;
	default: break;
	}
}

static unsigned long caseNumber;

static void expectSame(const char *what, const uint8_t *ours, const uint8_t *theirs, size_t length) {
	if (memcmp(ours, theirs, length) == 0) return;
	printf("case %lu: %s differs\n", caseNumber, what);
	exit(1);
}

static void tryAgreement(WholeCase *made) {
	uint8_t ours[32];
	fill(made->secret, 32);
	fill(made->peer, 32);
	if (below(4) == 0) extreme(made->secret);
	if (below(4) == 0) extreme(made->peer);
	x25519PublicKey(ours, made->secret);
	crypto_scalarmult_base(made->publicKey, made->secret);
	expectSame("X25519 public key", ours, made->publicKey, 32);
	uint8_t isShared = (uint8_t)x25519Shared(ours, made->secret, made->peer);
	memset(made->shared, 0, 32);
	made->isShared = crypto_scalarmult(made->shared, made->secret, made->peer) == 0;
	expectSame("X25519 verdict", &isShared, &made->isShared, 1);
	if (isShared) expectSame("X25519 shared secret", ours, made->shared, 32);
}

static void trySignature(WholeCase *made) {
	uint8_t key[64], signature[64], verdicts[2];
	Attempt *honest = &made->honest, *spoiled = &made->spoiled;
	fill(made->seed, 32);
	honest->length = (uint8_t)below(MESSAGE_BYTES_MAX + 1);
	fill(honest->message, MESSAGE_BYTES_MAX);

	ed25519Key(key, made->seed);
	crypto_sign_seed_keypair(honest->publicKey, made->key, made->seed);
	expectSame("key", key, made->key, 64);
	ed25519Sign(signature, key, honest->message, honest->length);
	crypto_sign_detached(honest->signature, NULL, honest->message, honest->length, key);
	expectSame("signature", signature, honest->signature, 64);

	*spoiled = *honest;
	spoil(spoiled, made->seed);
	made->isValid = crypto_sign_verify_detached(spoiled->signature, spoiled->message, spoiled->length,
		spoiled->publicKey) == 0;
	ed25519Prepare(WITH_TABLE, below(ED25519_PLACES), spoiled->publicKey);
	for (unsigned device = WITH_TABLE; device <= WITHOUT_TABLE; device++)
		verdicts[device] = (uint8_t)ed25519Verify(device, spoiled->publicKey, spoiled->message, spoiled->length,
			spoiled->signature);
	expectSame("verdict with a table", &verdicts[WITH_TABLE], &made->isValid, 1);
	expectSame("verdict without", &verdicts[WITHOUT_TABLE], &made->isValid, 1);
}

int main(int argc, char **argv) {
	unsigned long cases = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000;
	state = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	FILE *file = argc > 3 ? fopen(argv[3], "wb") : NULL;
	if (argc > 3 && !file) return 2;
	unsigned long valid = 0;
	makeTorsion();
	for (caseNumber = 0; caseNumber < cases; caseNumber++) {
		WholeCase made;
		trySignature(&made);
		tryAgreement(&made);
		valid += made.isValid;
		if (file && fwrite(&made, sizeof made, 1, file) != 1) return 2;
	}
	if (file && fclose(file) != 0) return 2;
	printf("%lu cases, %lu of the signatures valid, no difference\n", cases, valid);
	return 0;
}
