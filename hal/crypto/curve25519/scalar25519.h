/* Numbers modulo the order of the base point, L = 2^252 + 27742317777372353535851937790883648493. */
#ifndef SCALAR25519_H
#define SCALAR25519_H

#include <stdint.h>

#define SCALAR_WORDS 8

/* The lowest 32 bits first. */
typedef struct {
	uint32_t word[SCALAR_WORDS];
} Scalar;

void scalarFromBytes(Scalar *to, const uint8_t *bytes);
void scalarToBytes(uint8_t *bytes, const Scalar *a);
/* From the 64 bytes of a hash, modulo L. */
void scalarReduce(Scalar *to, const uint8_t *hash);
/* a b + c modulo L; any three numbers below 2^256 whose result is below 2^512. */
void scalarMultiplyAdd(Scalar *to, const Scalar *a, const Scalar *b, const Scalar *c);
/* Whether 32 bytes are a number below L; time depends on them. */
int scalarIsCanonical(const uint8_t *bytes);
/* The same number modulo L, made odd by L where it is even; it must be below 2^256 - L. */
void scalarMakeOdd(Scalar *to, const Scalar *a);

static inline uint32_t scalarBit(const Scalar *a, int bit) {
	return (a->word[bit >> 5] >> (bit & 31)) & 1;
}

#endif
