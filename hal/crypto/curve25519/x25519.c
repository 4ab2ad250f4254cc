#include "x25519.h"
#include "comb25519.h"
#include <sodium.h>
#include <string.h>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O2", "no-schedule-insns", "no-schedule-insns2")
#endif

static void clamp(uint8_t *scalar, const uint8_t *secret) {
	memcpy(scalar, secret, X25519_BYTES);
	scalar[0] &= 0xf8;
	scalar[31] = (scalar[31] & 0x7f) | 0x40;
}

/* (z + y) / (z - y): 0 where z = y. */
static void montgomery(uint8_t *to, const Field *y, const Field *z) {
	Field above, below;
	fieldAdd(&above, z, y);
	fieldSubtract(&below, z, y);
	fieldCarry(&below, &below);
	fieldInvert(&below, &below);
	fieldMultiply(&above, &above, &below);
	fieldToBytes(to, &above);
}

/* By way of the Edwards curve, whose base point has a table. */
void x25519PublicKey(uint8_t *publicKey, const uint8_t *secret) {
	uint8_t clamped[X25519_BYTES];
	Scalar scalar;
	Point point;
	clamp(clamped, secret);
	scalarFromBytes(&scalar, clamped);
	combBase(&point, &scalar);
	montgomery(publicKey, &point.y, &point.z);
	sodium_memzero(clamped, sizeof clamped);
	sodium_memzero(&scalar, sizeof scalar);
	sodium_memzero(&point, sizeof point);
}

int x25519OfEd25519(uint8_t *publicKey, const uint8_t *ed25519) {
	static const Field one = { { 1 } };
	Field y, difference;
	fieldFromBytes(&y, ed25519);
	fieldSubtract(&difference, &y, &one);
	if (fieldIsZero(&difference)) return 0;
	montgomery(publicKey, &y, &one);
	return 1;
}

/* The points of a step of the ladder: u as x / z, of n and of n + 1 times the point. */
typedef struct {
	Field x2, z2, x3, z3;
} Ladder;

/* RFC 7748 section 5, by its names. */
static void ladderStep(Ladder *at, const Field *x1) {
	Field a, b, c, d, e, aa, bb;
	fieldAdd(&a, &at->x2, &at->z2);
	fieldSubtract(&b, &at->x2, &at->z2);
	fieldAdd(&c, &at->x3, &at->z3);
	fieldSubtract(&d, &at->x3, &at->z3);
	fieldMultiply(&d, &d, &a);
	fieldMultiply(&c, &c, &b);
	fieldAdd(&e, &d, &c);
	fieldSquare(&at->x3, &e);
	fieldSubtract(&e, &d, &c);
	fieldSquare(&e, &e);
	fieldMultiply(&at->z3, &e, x1);
	fieldSquare(&aa, &a);
	fieldSquare(&bb, &b);
	fieldMultiply(&at->x2, &aa, &bb);
	fieldSubtract(&e, &aa, &bb);
	/* a24 is 121,665 with aa in the RFC; 121,666 with bb is the same. */
	fieldMultiply121666(&a, &e);
	fieldAdd(&a, &a, &bb);
	fieldMultiply(&at->z2, &e, &a);
}

int x25519Shared(uint8_t *shared, const uint8_t *secret, const uint8_t *publicKey) {
	uint8_t clamped[X25519_BYTES];
	Scalar scalar;
	Ladder at = { .x2 = { { 1 } }, .z3 = { { 1 } } };
	Field x1;
	uint32_t swapped = 0;

	clamp(clamped, secret);
	scalarFromBytes(&scalar, clamped);
	fieldFromBytes(&x1, publicKey);
	at.x3 = x1;
	for (int bit = 254; bit >= 0; bit--) {
		uint32_t isSet = scalarBit(&scalar, bit);
		fieldSwap(&at.x2, &at.x3, swapped ^ isSet);
		fieldSwap(&at.z2, &at.z3, swapped ^ isSet);
		swapped = isSet;
		ladderStep(&at, &x1);
	}
	fieldSwap(&at.x2, &at.x3, swapped);
	fieldSwap(&at.z2, &at.z3, swapped);
	fieldInvert(&at.z2, &at.z2);
	fieldMultiply(&at.x2, &at.x2, &at.z2);
	fieldToBytes(shared, &at.x2);

	uint32_t all = 0;
	for (int i = 0; i < X25519_BYTES; i++) all |= shared[i];
	sodium_memzero(clamped, sizeof clamped);
	sodium_memzero(&scalar, sizeof scalar);
	sodium_memzero(&at, sizeof at);
	return all != 0;
}
