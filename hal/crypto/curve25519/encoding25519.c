/* Numbers modulo p as bytes and back, and what is found out from bytes. */
#include "field25519.h"

/* Of limb i. */
#define WIDTH(i) (26 - ((i) & 1))
#define MASK(i) ((1u << WIDTH(i)) - 1)

void fieldFromBytes(Field *to, const uint8_t *bytes) {
	uint64_t bits = 0;
	int held = 0;
	for (int i = 0; i < LIMBS; i++) {
		while (held < WIDTH(i)) {
			bits |= (uint64_t)*bytes++ << held;
			held += 8;
		}
		to->limb[i] = (int32_t)(bits & MASK(i));
		bits >>= WIDTH(i);
		held -= WIDTH(i);
	}
	fieldCarry(to, to);
}

/* Adds a small number, and gives what lies at bit 255 and above, which `to` has not got any more. */
static uint32_t addSmall(uint32_t *to, const uint32_t *limbs, uint32_t carry) {
	for (int i = 0; i < LIMBS; i++) {
		carry += limbs[i];
		to[i] = carry & MASK(i);
		carry >>= WIDTH(i);
	}
	return carry;
}

/*
 * With 2 p added, limb by limb, none is negative, and the number is below 2^257. What lies at bit 255 and
 * above counts 19 there. After two rounds it is below 2^255 + 19, and only whether it is below p is open: if
 * not, 19 more makes 2^255 or above of it.
 */
void fieldToBytes(uint8_t *bytes, const Field *a) {
	uint32_t limbs[LIMBS], above[LIMBS];
	for (int i = 0; i < LIMBS; i++)
		limbs[i] = (uint32_t)a->limb[i] + (2u << WIDTH(i)) - (i == 0 ? 38 : 2);
	uint32_t top = addSmall(limbs, limbs, 0);
	top = addSmall(limbs, limbs, 19 * top);
	limbs[0] += 19 * top;
	top = addSmall(above, limbs, 19);
	addSmall(limbs, limbs, 19 * top);

	uint64_t bits = 0;
	int held = 0;
	for (int i = 0; i < LIMBS; i++) {
		bits |= (uint64_t)limbs[i] << held;
		held += WIDTH(i);
		while (held >= 8 || (i == LIMBS - 1 && held > 0)) {
			*bytes++ = (uint8_t)bits;
			bits >>= 8;
			held -= 8;
		}
	}
}

int fieldIsZero(const Field *a) {
	uint8_t bytes[FIELD_BYTES];
	uint32_t all = 0;
	fieldToBytes(bytes, a);
	for (int i = 0; i < FIELD_BYTES; i++) all |= bytes[i];
	return (int)((all - 1) >> 31);
}

int fieldIsOdd(const Field *a) {
	uint8_t bytes[FIELD_BYTES];
	fieldToBytes(bytes, a);
	return bytes[0] & 1;
}
