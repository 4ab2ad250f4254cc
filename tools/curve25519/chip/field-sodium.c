/* (count, seed): operations on field elements by libsodium, on this machine. */
#include "field-operations.h"
#include <sodium/private/ed25519_ref10.h>
#include <stdlib.h>

/* What libsodium's start-up file would bring. */
void sodium_misuse(void) { abort(); }
void randombytes_buf(void *const bytes, const size_t length) { abort(); }

/* (p - 5) / 8 = 2^252 - 3: all of its 252 bits are set but bit 1. */
static void rootPower(fe25519 to, const fe25519 a) {
	fe25519_copy(to, a);
	for (int bit = 250; bit >= 0; bit--) {
		fe25519_sq(to, to);
		if (bit != 1) fe25519_mul(to, to, a);
	}
}

void operate(Operation operation, uint8_t *to, const uint8_t *bytesOfA, const uint8_t *bytesOfB) {
	fe25519 a, b, sum, difference, result;
	fe25519_frombytes(a, bytesOfA);
	fe25519_frombytes(b, bytesOfB);
	fe25519_add(sum, a, b);
	fe25519_sub(difference, a, b);
	switch (operation) {
	case ADD: fe25519_copy(result, sum); break;
	case SUBTRACT: fe25519_copy(result, difference); break;
	case MULTIPLY: fe25519_mul(result, a, b); break;
	case SQUARE: fe25519_sq(result, a); break;
	case MULTIPLY_121666: fe25519_scalar_product(result, a, 121666); break;
	case MULTIPLY_SUMS: fe25519_mul(result, sum, difference); break;
	case SQUARE_SUM: fe25519_sq(result, sum); break;
	case MULTIPLY_121666_DIFFERENCE: fe25519_scalar_product(result, difference, 121666); break;
	case SWAP: fe25519_cswap(a, b, bytesOfB[0] & 1), fe25519_copy(result, a); break;
	case SIGNS:
		memset(to, 0, 32);
		to[0] = (uint8_t)fe25519_iszero(difference), to[1] = (uint8_t)fe25519_isnegative(difference);
		return;
	case INVERT: fe25519_invert(result, a); break;
	default: rootPower(result, a); break;
	}
	fe25519_tobytes(to, result);
}

int main(int argc, char **argv) {
	if (argc != 3) return 2;
	operateAll(strtoul(argv[1], NULL, 10), strtoull(argv[2], NULL, 10));
	return 0;
}
