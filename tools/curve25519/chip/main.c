/*
 * On the emulated chip. `field COUNT SEED`: digests of operations on field elements. `whole FILE`: cases with
 * libsodium's answers, made by differential.c; names the first that differs, and ends with 1 then.
 */
#include "field-operations.h"
#include "whole.h"
#include "../../../hal/crypto/curve25519/ed25519.h"
#include <semihost.h>
#include <stdlib.h>
#include "../../../hal/crypto/curve25519/x25519.h"

#define WITH_TABLE 0
#define WITHOUT_TABLE 1

void sodium_misuse(void) { abort(); }

/* What differs, or NULL. */
static const char *differenceOf(const WholeCase *given, unsigned place) {
	uint8_t key[64], signature[64], bytes[32];
	const Attempt *honest = &given->honest, *spoiled = &given->spoiled;
	ed25519Key(key, given->seed);
	if (memcmp(key, given->key, sizeof key) != 0) return "key";
	ed25519Sign(signature, key, honest->message, honest->length);
	if (memcmp(signature, honest->signature, sizeof signature) != 0) return "signature";
	ed25519Prepare(WITH_TABLE, place, spoiled->publicKey);
	for (unsigned device = WITH_TABLE; device <= WITHOUT_TABLE; device++)
		if (ed25519Verify(device, spoiled->publicKey, spoiled->message, spoiled->length, spoiled->signature) !=
			given->isValid)
			return device == WITH_TABLE ? "verdict with a table" : "verdict without";
	x25519PublicKey(bytes, given->secret);
	if (memcmp(bytes, given->publicKey, sizeof bytes) != 0) return "X25519 public key";
	if (x25519Shared(bytes, given->secret, given->peer) != given->isShared) return "X25519 verdict";
	if (given->isShared && memcmp(bytes, given->shared, sizeof bytes) != 0) return "X25519 shared secret";
	return NULL;
}

static int compareAll(const char *path) {
	static WholeCase given;
	unsigned long cases = 0, valid = 0;
	int file = sys_semihost_open(path, SH_OPEN_R_B);
	if (file < 0) return 2;
	/* The answer is how many bytes were not read. */
	for (; sys_semihost_read(file, &given, sizeof given) == 0; cases++) {
		const char *difference = differenceOf(&given, cases % ED25519_PLACES);
		valid += given.isValid;
		if (difference == NULL) continue;
		printf("case %lu: %s differs\n", cases, difference);
		return 1;
	}
	printf("%lu operations of %lu cases, %lu of the signatures valid\n", cases * OPERATIONS_OF_A_CASE, cases,
		valid);
	return 0;
}

int main(int argc, char **argv) {
	int status = 2;
	if (argc == 3 && strcmp(argv[1], "whole") == 0) status = compareAll(argv[2]);
	if (argc == 4 && strcmp(argv[1], "field") == 0) {
		operateAll(strtoul(argv[2], NULL, 10), strtoull(argv[3], NULL, 10));
		status = 0;
	}
	fflush(stdout);
	return status;
}
