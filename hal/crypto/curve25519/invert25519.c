/*
 * 1 / a by division steps: Bernstein and Yang, "Fast constant-time gcd computation and modular inversion"
 * (2019), with delta beginning at 1/2. From f = p and g = a below 2^256, 590 steps always end with g = 0
 * (Wuille's bound for that beginning); twenty rounds of thirty are made. In a round only the lowest bits of f
 * and g matter, so it is worked out on words, and gives a matrix that f and g, and d and e, which are f / a
 * and g / a modulo p, are then multiplied by.
 */
#include "field25519.h"

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O2", "no-schedule-insns", "no-schedule-insns2")
#endif

#define STEPS 30
#define ROUNDS 20
#define PARTS 9
#define PART_MASK ((1u << STEPS) - 1)

/* Parts of 30 bits, the lowest first. Only the highest may be negative. */
typedef struct {
	int32_t part[PARTS];
} Wide;

/* p is -19 and 2^15 in the highest part, 2^255. */
#define PRIME_LOW (-19)
#define PRIME_HIGH (1 << 15)
/* 1 / p modulo 2^30: -19 times it is 1 there. */
#define PRIME_INVERSE 395589093u

/* Of a round, times 2^30: f becomes (u f + v g) / 2^30, and g becomes (q f + r g) / 2^30. */
typedef struct {
	int32_t u, v, q, r;
} Matrix;

/* `zeta` is -(delta + 1/2). In a step f and g change places where delta is positive and g odd. */
static int32_t thirtySteps(Matrix *to, int32_t zeta, uint32_t f, uint32_t g) {
	uint32_t u = 1, v = 0, q = 0, r = 1;
	for (int i = 0; i < STEPS; i++) {
		uint32_t isSwap = (uint32_t)(zeta >> 31);
		uint32_t isOdd = -(g & 1);
		g += ((f ^ isSwap) - isSwap) & isOdd;
		q += ((u ^ isSwap) - isSwap) & isOdd;
		r += ((v ^ isSwap) - isSwap) & isOdd;
		isSwap &= isOdd;
		zeta = (int32_t)((uint32_t)zeta ^ isSwap) - 1;
		f += g & isSwap;
		u += q & isSwap;
		v += r & isSwap;
		g >>= 1;
		u <<= 1;
		v <<= 1;
	}
	to->u = (int32_t)u, to->v = (int32_t)v, to->q = (int32_t)q, to->r = (int32_t)r;
	return zeta;
}

/* The lowest thirty bits of both come out as 0, and are dropped. */
static void multiply(Wide *f, Wide *g, const Matrix *by) {
	int64_t sumF = 0, sumG = 0;
	for (int i = 0; i < PARTS; i++) {
		int32_t partF = f->part[i], partG = g->part[i];
		sumF += (int64_t)by->u * partF + (int64_t)by->v * partG;
		sumG += (int64_t)by->q * partF + (int64_t)by->r * partG;
		if (i > 0) {
			f->part[i - 1] = (int32_t)((uint32_t)sumF & PART_MASK);
			g->part[i - 1] = (int32_t)((uint32_t)sumG & PART_MASK);
		}
		sumF >>= STEPS;
		sumG >>= STEPS;
	}
	f->part[PARTS - 1] = (int32_t)sumF;
	g->part[PARTS - 1] = (int32_t)sumG;
}

/*
 * The same modulo p. So many p are added that the lowest thirty bits come out as 0, and where d or e is
 * negative as many more as keep both above -2 p and below p.
 */
static void multiplyModulo(Wide *d, Wide *e, const Matrix *by) {
	int32_t isMinusD = d->part[PARTS - 1] >> 31, isMinusE = e->part[PARTS - 1] >> 31;
	int32_t timesD = (by->u & isMinusD) + (by->v & isMinusE);
	int32_t timesE = (by->q & isMinusD) + (by->r & isMinusE);
	int64_t sumD = (int64_t)by->u * d->part[0] + (int64_t)by->v * e->part[0];
	int64_t sumE = (int64_t)by->q * d->part[0] + (int64_t)by->r * e->part[0];
	timesD -= (int32_t)((PRIME_INVERSE * (uint32_t)sumD + (uint32_t)timesD) & PART_MASK);
	timesE -= (int32_t)((PRIME_INVERSE * (uint32_t)sumE + (uint32_t)timesE) & PART_MASK);
	sumD += (int64_t)timesD * PRIME_LOW;
	sumE += (int64_t)timesE * PRIME_LOW;
	for (int i = 1; i < PARTS; i++) {
		int32_t partD = d->part[i], partE = e->part[i];
		sumD = (sumD >> STEPS) + (int64_t)by->u * partD + (int64_t)by->v * partE;
		sumE = (sumE >> STEPS) + (int64_t)by->q * partD + (int64_t)by->r * partE;
		if (i == PARTS - 1) {
			sumD += (int64_t)timesD * PRIME_HIGH;
			sumE += (int64_t)timesE * PRIME_HIGH;
		}
		d->part[i - 1] = (int32_t)((uint32_t)sumD & PART_MASK);
		e->part[i - 1] = (int32_t)((uint32_t)sumE & PART_MASK);
	}
	d->part[PARTS - 1] = (int32_t)(sumD >> STEPS);
	e->part[PARTS - 1] = (int32_t)(sumE >> STEPS);
}

static void carryParts(Wide *a) {
	for (int i = 0; i < PARTS - 1; i++) {
		a->part[i + 1] += a->part[i] >> STEPS;
		a->part[i] &= PART_MASK;
	}
}

static void addPrimeIfNegative(Wide *a) {
	int32_t isNegative = a->part[PARTS - 1] >> 31;
	a->part[0] += PRIME_LOW & isNegative;
	a->part[PARTS - 1] += PRIME_HIGH & isNegative;
	carryParts(a);
}

/* Where `isMinus` is -1, and not where it is 0. */
static void negateIf(Wide *a, int32_t isMinus) {
	for (int i = 0; i < PARTS; i++) a->part[i] = (a->part[i] ^ isMinus) - isMinus;
	carryParts(a);
}

void fieldInvert(Field *to, const Field *a) {
	uint8_t bytes[FIELD_BYTES];
	Wide f = { { PRIME_LOW, [PARTS - 1] = PRIME_HIGH } }, g, d = { { 0 } }, e = { { 1 } };
	Matrix matrix;
	int32_t zeta = -1;
	uint64_t bits = 0;
	int held = 0, at = 0;

	carryParts(&f);
	fieldToBytes(bytes, a);
	for (int i = 0; i < PARTS; i++) {
		while (held < STEPS && at < FIELD_BYTES) {
			bits |= (uint64_t)bytes[at++] << held;
			held += 8;
		}
		g.part[i] = (int32_t)((uint32_t)bits & PART_MASK);
		bits >>= STEPS;
		held -= STEPS;
	}

	for (int round = 0; round < ROUNDS; round++) {
		zeta = thirtySteps(&matrix, zeta, (uint32_t)f.part[0], (uint32_t)g.part[0]);
		multiplyModulo(&d, &e, &matrix);
		multiply(&f, &g, &matrix);
	}
	/* f is 1 or -1 now, and d is it by a; for a = 0, d is 0. */
	addPrimeIfNegative(&d);
	negateIf(&d, f.part[PARTS - 1] >> 31);
	addPrimeIfNegative(&d);

	bits = 0, held = 0, at = 0;
	for (int i = 0; i < PARTS; i++) {
		bits |= (uint64_t)(uint32_t)d.part[i] << held;
		held += STEPS;
		while (held >= 8 && at < FIELD_BYTES) {
			bytes[at++] = (uint8_t)bits;
			bits >>= 8;
			held -= 8;
		}
	}
	fieldFromBytes(to, bytes);
}
