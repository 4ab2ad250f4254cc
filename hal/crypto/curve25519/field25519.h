/*
 * Numbers modulo p = 2^255 - 19 for processors of 32 bits without a carry flag (RV32IMC).
 *
 * A number is ten signed limbs of 26 and 25 bits by turns: the sum of limb[i] * 2^ceil(25.5 i). "Reduced"
 * means that each limb is about as small as it can be: at most 2^25 + 2^16 in size, or 2^24 + 2^16 for the
 * narrow ones. A sum or difference is not reduced. What a function takes is said in sums of so many reduced
 * numbers; test/hal/crypto/bounds.cpp runs this source on intervals and finds that no limb, column or carry
 * ever leaves its 32 bits.
 *
 * No branch and no address depends on a number.
 */
#ifndef FIELD25519_H
#define FIELD25519_H

#include <stdint.h>

/* The proof of bounds brings a type of its own. */
#ifndef LIMB
#define LIMB int32_t
#endif

#define LIMBS 10
#define FIELD_BYTES 32

typedef struct {
	LIMB limb[LIMBS];
} Field;

/* to may be any of the arguments, here and below. */
void fieldAdd(Field *to, const Field *a, const Field *b);
void fieldSubtract(Field *to, const Field *a, const Field *b);
/* Of a sum of up to four, its reduced form. */
void fieldCarry(Field *to, const Field *a);

/* Reduced; the arguments are sums of up to two, or of three and one. */
void fieldMultiply(Field *to, const Field *a, const Field *b);
/* Reduced; the argument is a sum of up to two. */
void fieldSquare(Field *to, const Field *a);
/* a^(2^times), times at least 1. */
void fieldSquareTimes(Field *to, const Field *a, int times);
/* 121,666 a, reduced; the argument is a sum of up to two. */
void fieldMultiply121666(Field *to, const Field *a);

/* From 32 bytes, the lowest first; the highest bit is passed over. Reduced, and p and above are taken too. */
void fieldFromBytes(Field *to, const uint8_t *bytes);
/* The one encoding below p; the argument is a sum of up to two. */
void fieldToBytes(uint8_t *bytes, const Field *a);
/* a^((p - 5) / 8), from which square roots are made; reduced arguments, here and below. */
void fieldRootPower(Field *to, const Field *a);
/* 1 / a; 0 for 0. */
void fieldInvert(Field *to, const Field *a);
/* Whether it is 0, and whether its encoding is odd: 1 or 0. The argument is a sum of up to two. */
int fieldIsZero(const Field *a);
int fieldIsOdd(const Field *a);
/* Exchanges them where `yes` is 1, and does not where it is 0. */
void fieldSwap(Field *a, Field *b, uint32_t yes);

#endif
