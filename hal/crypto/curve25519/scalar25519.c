#include "scalar25519.h"
#include <sodium.h>

static const Scalar order = { {
	0x5cf5d3ed, 0x5812631a, 0xa2f79cd6, 0x14def9de, 0x00000000, 0x00000000, 0x00000000, 0x10000000
} };

/* floor(2^512 / L), 260 bits: test/hal/crypto/curve25519.test.ts works it out again. */
#define QUOTIENT_WORDS 9
static const uint32_t reciprocal[QUOTIENT_WORDS] = {
	0x0a2c131b, 0xed9ce5a3, 0x086329a7, 0x2106215d, 0xffffffeb, 0xffffffff, 0xffffffff, 0xffffffff, 0x0000000f
};

static uint32_t load(const uint8_t *bytes) {
	return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

void scalarFromBytes(Scalar *to, const uint8_t *bytes) {
	for (int i = 0; i < SCALAR_WORDS; i++) to->word[i] = load(bytes + 4 * i);
}

void scalarToBytes(uint8_t *bytes, const Scalar *a) {
	for (int i = 0; i < 4 * SCALAR_WORDS; i++) bytes[i] = (uint8_t)(a->word[i / 4] >> (8 * (i % 4)));
}

/* product += a b, a of `length` words and b of `width`; product has as many as both and does not run over. */
static void addProduct(uint32_t *product, const uint32_t *a, int length, const uint32_t *b, int width) {
	for (int i = 0; i < length; i++) {
		uint64_t carry = 0;
		for (int j = 0; j < width; j++) {
			carry += (uint64_t)a[i] * b[j] + product[i + j];
			product[i + j] = (uint32_t)carry;
			carry >>= 32;
		}
		for (int j = i + width; j < length + width; j++) {
			carry += product[j];
			product[j] = (uint32_t)carry;
			carry >>= 32;
		}
	}
}

/* a - b where `mask` is all ones, a where it is 0; the borrow of a - b. */
static uint32_t subtractMasked(Scalar *to, const Scalar *a, const Scalar *b, uint32_t mask) {
	uint64_t borrow = 0;
	for (int i = 0; i < SCALAR_WORDS; i++) {
		uint64_t difference = (uint64_t)a->word[i] - (b->word[i] & mask) - borrow;
		to->word[i] = (uint32_t)difference;
		borrow = (difference >> 32) & 1;
	}
	return (uint32_t)borrow;
}

/*
 * Barrett's reduction. For x below 2^512 the product with the reciprocal, divided by 2^512, is less than 1
 * below x / L; so its integer part is too small by at most 1, the remainder is below 2 L, and one subtraction
 * ends it.
 */
static void reduce(Scalar *to, const uint32_t *wide) {
	uint32_t estimate[2 * SCALAR_WORDS + QUOTIENT_WORDS] = { 0 };
	uint32_t multiple[QUOTIENT_WORDS + SCALAR_WORDS] = { 0 };
	Scalar rest, product, less;

	addProduct(estimate, wide, 2 * SCALAR_WORDS, reciprocal, QUOTIENT_WORDS);
	addProduct(multiple, estimate + 2 * SCALAR_WORDS, QUOTIENT_WORDS, order.word, SCALAR_WORDS);
	/* The remainder fits the lowest eight words: the others need no subtraction. */
	for (int i = 0; i < SCALAR_WORDS; i++) {
		rest.word[i] = wide[i];
		product.word[i] = multiple[i];
	}
	subtractMasked(&rest, &rest, &product, ~0u);
	uint32_t isBelow = subtractMasked(&less, &rest, &order, ~0u);
	subtractMasked(to, &rest, &order, isBelow - 1);
	/* What is left of a nonce, or of its sum with the secret scalar's product, would give the key. */
	sodium_memzero(estimate, sizeof estimate);
	sodium_memzero(multiple, sizeof multiple);
	sodium_memzero(&rest, sizeof rest);
	sodium_memzero(&product, sizeof product);
	sodium_memzero(&less, sizeof less);
}

void scalarReduce(Scalar *to, const uint8_t *hash) {
	uint32_t wide[2 * SCALAR_WORDS];
	for (int i = 0; i < 2 * SCALAR_WORDS; i++) wide[i] = load(hash + 4 * i);
	reduce(to, wide);
	sodium_memzero(wide, sizeof wide);
}

void scalarMultiplyAdd(Scalar *to, const Scalar *a, const Scalar *b, const Scalar *c) {
	uint32_t wide[2 * SCALAR_WORDS] = { 0 };
	for (int i = 0; i < SCALAR_WORDS; i++) wide[i] = c->word[i];
	addProduct(wide, a->word, SCALAR_WORDS, b->word, SCALAR_WORDS);
	reduce(to, wide);
	sodium_memzero(wide, sizeof wide);
}

int scalarIsCanonical(const uint8_t *bytes) {
	Scalar a, difference;
	scalarFromBytes(&a, bytes);
	return (int)subtractMasked(&difference, &a, &order, ~0u);
}

void scalarMakeOdd(Scalar *to, const Scalar *a) {
	uint32_t mask = (a->word[0] & 1) - 1;
	uint64_t carry = 0;
	for (int i = 0; i < SCALAR_WORDS; i++) {
		carry += (uint64_t)a->word[i] + (order.word[i] & mask);
		to->word[i] = (uint32_t)carry;
		carry >>= 32;
	}
}
