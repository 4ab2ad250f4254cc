#include "field25519.h"

/*
 * -Os makes 8 instructions of each product here where 5 do, and the scheduler that -O2 runs before it gives
 * out registers makes more values live than there are registers. Said here, because neither the SDK nor
 * ESP-IDF has flags for one file.
 */
#if defined(__GNUC__) && !defined(__clang__) && !defined(PROOF_OF_BOUNDS)
#pragma GCC optimize("O2", "no-schedule-insns", "no-schedule-insns2")
#endif

/*
 * A column of a product is a sum of up to ten products of limbs: 59 bits. Adding products of 64 bits takes
 * six instructions each where there is no carry flag. This takes four: `low` is the sum modulo 2^32, and
 * `high` the sum of floor(product / 2^28). So sum - high * 2^28 is a sum of ten remainders, each below 2^28:
 * it is below 2^32, and low - high * 2^28 modulo 2^32 is exactly it.
 *
 * `a16` is 16 a: the upper word of 16 a b is floor(a b / 2^28). What is added by name are the limbs of a
 * multiplied by 16 in full, so they and their doubles must be below 2^27 and 2^26.
 */
#ifndef PROOF_OF_BOUNDS
typedef struct {
	uint32_t low;
	int32_t high;
} Column;

#define COLUMN_ZERO { 0, 0 }
/* Half of a limb's range, so that limbs come out between minus and plus that. */
#define ADD_PRODUCT(column, a, a16, b) \
	(column.low += (uint32_t)(a) * (uint32_t)(b), \
	 column.high += (int32_t)(((int64_t)(a16) * (b)) >> 32))
#define ADD_COLUMN(column, other) (column.low += other.low, column.high += other.high)
#define DOUBLE_COLUMN(column) (column.low += column.low, column.high += column.high)
/* The lowest `bits` of a column go to `to`, the rest is added to the next column. */
#define CARRY_COLUMN(to, column, next, bits) do { \
	uint32_t rest_ = column.low - ((uint32_t)column.high << 28) + (1u << ((bits) - 1)); \
	to = (int32_t)(rest_ & ((1u << (bits)) - 1)) - (1 << ((bits) - 1)); \
	next.low += ((uint32_t)column.high << (28 - (bits))) + (rest_ >> (bits)); \
	next.high += column.high >> (bits); \
} while (0)
/* The same for the last column, whose rest fits a word. */
#define CARRY_LAST_COLUMN(to, column, carry, bits) do { \
	uint32_t rest_ = column.low - ((uint32_t)column.high << 28) + (1u << ((bits) - 1)); \
	to = (int32_t)(rest_ & ((1u << (bits)) - 1)) - (1 << ((bits) - 1)); \
	carry = (int32_t)(((uint32_t)column.high << (28 - (bits))) + (rest_ >> (bits))); \
} while (0)
/* 2^255 = 19: the carry of the last column goes back to the first limb, and what is too much there on. */
#define CARRY_AROUND(first, second, carry) do { \
	int64_t sum_ = (int64_t)(carry) * 19 + first; \
	int32_t over_ = (int32_t)((sum_ + (1 << 25)) >> 26); \
	second += over_; \
	first = (int32_t)((uint32_t)sum_ - ((uint32_t)over_ << 26)); \
} while (0)
#define CARRY_LIMB(from, to, factor, bits) do { \
	int32_t over_ = (from + (1 << ((bits) - 1))) >> (bits); \
	to += over_ * (factor); \
	from -= (int32_t)((uint32_t)over_ << (bits)); \
} while (0)
#endif

/*
 * The compiler would add up one column after another, and have limbs and their multiples wait on the stack.
 * The first keeps it to the rows, the second from holding limbs until they are used again.
 */
#ifdef __riscv
#define FIVE_SUMS_ARE_MADE __asm__("" : "+r"(c0.low), "+r"(c0.high), "+r"(c1.low), "+r"(c1.high), \
	"+r"(c2.low), "+r"(c2.high), "+r"(c3.low), "+r"(c3.high), "+r"(c4.low), "+r"(c4.high))
#define LOAD_AGAIN(pointer) __asm__("" : "+r"(pointer))
#else
#define FIVE_SUMS_ARE_MADE (void)0
#define LOAD_AGAIN(pointer) (void)0
#endif

#define STORE(to) do { \
	to->limb[0] = h0, to->limb[1] = h1, to->limb[2] = h2, to->limb[3] = h3, to->limb[4] = h4; \
	to->limb[5] = h5, to->limb[6] = h6, to->limb[7] = h7, to->limb[8] = h8, to->limb[9] = h9; \
} while (0)

void fieldAdd(Field *to, const Field *a, const Field *b) {
#pragma GCC unroll 10
	for (int i = 0; i < LIMBS; i++) to->limb[i] = a->limb[i] + b->limb[i];
}

void fieldSubtract(Field *to, const Field *a, const Field *b) {
#pragma GCC unroll 10
	for (int i = 0; i < LIMBS; i++) to->limb[i] = a->limb[i] - b->limb[i];
}

#ifndef PROOF_OF_BOUNDS
void fieldSwap(Field *a, Field *b, uint32_t yes) {
	int32_t mask = -(int32_t)yes;
#pragma GCC unroll 10
	for (int i = 0; i < LIMBS; i++) {
		LIMB difference = mask & (a->limb[i] ^ b->limb[i]);
		a->limb[i] ^= difference;
		b->limb[i] ^= difference;
	}
}
#endif

void fieldCarry(Field *to, const Field *a) {
	LIMB h0 = a->limb[0], h1 = a->limb[1], h2 = a->limb[2], h3 = a->limb[3], h4 = a->limb[4];
	LIMB h5 = a->limb[5], h6 = a->limb[6], h7 = a->limb[7], h8 = a->limb[8], h9 = a->limb[9];

	CARRY_LIMB(h0, h1, 1, 26);
	CARRY_LIMB(h1, h2, 1, 25);
	CARRY_LIMB(h2, h3, 1, 26);
	CARRY_LIMB(h3, h4, 1, 25);
	CARRY_LIMB(h4, h5, 1, 26);
	CARRY_LIMB(h5, h6, 1, 25);
	CARRY_LIMB(h6, h7, 1, 26);
	CARRY_LIMB(h7, h8, 1, 25);
	CARRY_LIMB(h8, h9, 1, 26);
	CARRY_LIMB(h9, h0, 19, 25);
	CARRY_LIMB(h0, h1, 1, 26);
	STORE(to);
}

/*
 * Five columns at a time, so that their sums and the limbs at work fit the registers. Row i adds limb i of
 * `a` times five limbs of `b` that follow each other; those that have gone round are 19-fold. Where both
 * limbs are narrow the product counts twice: in an odd row that is every other column.
 */
#define EVEN_ROW(i, x0, x1, x2, x3, x4) do { \
	LIMB a_ = a->limb[i], a16_ = a_ * 16; \
	ADD_PRODUCT(c0, a_, a16_, x0); \
	ADD_PRODUCT(c1, a_, a16_, x1); \
	ADD_PRODUCT(c2, a_, a16_, x2); \
	ADD_PRODUCT(c3, a_, a16_, x3); \
	ADD_PRODUCT(c4, a_, a16_, x4); \
	FIVE_SUMS_ARE_MADE; \
} while (0)
#define ODD_ROW_FROM_0(i, x0, x1, x2, x3, x4) do { \
	LIMB a_ = a->limb[i], a16_ = a_ * 16, twice_ = a_ * 2, twice16_ = a_ * 32; \
	ADD_PRODUCT(c0, twice_, twice16_, x0); \
	ADD_PRODUCT(c1, a_, a16_, x1); \
	ADD_PRODUCT(c2, twice_, twice16_, x2); \
	ADD_PRODUCT(c3, a_, a16_, x3); \
	ADD_PRODUCT(c4, twice_, twice16_, x4); \
	FIVE_SUMS_ARE_MADE; \
} while (0)
#define ODD_ROW_FROM_5(i, x0, x1, x2, x3, x4) do { \
	LIMB a_ = a->limb[i], a16_ = a_ * 16, twice_ = a_ * 2, twice16_ = a_ * 32; \
	ADD_PRODUCT(c0, a_, a16_, x0); \
	ADD_PRODUCT(c1, twice_, twice16_, x1); \
	ADD_PRODUCT(c2, a_, a16_, x2); \
	ADD_PRODUCT(c3, twice_, twice16_, x3); \
	ADD_PRODUCT(c4, a_, a16_, x4); \
	FIVE_SUMS_ARE_MADE; \
} while (0)

/* The first four of five columns become limbs; what is too much goes on to the fifth. */
#define CARRY_FOUR(h0, h1, h2, h3, first) do { \
	CARRY_COLUMN(h0, c0, c1, first); \
	CARRY_COLUMN(h1, c1, c2, 51 - first); \
	CARRY_COLUMN(h2, c2, c3, first); \
	CARRY_COLUMN(h3, c3, c4, 51 - first); \
} while (0)

void fieldMultiply(Field *to, const Field *a, const Field *b) {
	LIMB h0, h1, h2, h3, h4, h5, h6, h7, h8, h9, carry;
	Column between = COLUMN_ZERO;
	{
		Column c0 = COLUMN_ZERO, c1 = COLUMN_ZERO, c2 = COLUMN_ZERO, c3 = COLUMN_ZERO, c4 = COLUMN_ZERO;
		LIMB b0 = b->limb[0], b1 = b->limb[1], b2 = b->limb[2], b3 = b->limb[3], b4 = b->limb[4];
		EVEN_ROW(0, b0, b1, b2, b3, b4);
		LIMB w9 = b->limb[9] * 19;
		ODD_ROW_FROM_0(1, w9, b0, b1, b2, b3);
		LIMB w8 = b->limb[8] * 19;
		EVEN_ROW(2, w8, w9, b0, b1, b2);
		LIMB w7 = b->limb[7] * 19;
		ODD_ROW_FROM_0(3, w7, w8, w9, b0, b1);
		LIMB w6 = b->limb[6] * 19;
		EVEN_ROW(4, w6, w7, w8, w9, b0);
		LIMB w5 = b->limb[5] * 19;
		ODD_ROW_FROM_0(5, w5, w6, w7, w8, w9);
		LIMB w4 = b4 * 19;
		EVEN_ROW(6, w4, w5, w6, w7, w8);
		LIMB w3 = b3 * 19;
		ODD_ROW_FROM_0(7, w3, w4, w5, w6, w7);
		LIMB w2 = b2 * 19;
		EVEN_ROW(8, w2, w3, w4, w5, w6);
		LIMB w1 = b1 * 19;
		ODD_ROW_FROM_0(9, w1, w2, w3, w4, w5);
		CARRY_FOUR(h0, h1, h2, h3, 26);
		CARRY_COLUMN(h4, c4, between, 26);
	}
	LOAD_AGAIN(a);
	LOAD_AGAIN(b);
	{
		Column c0 = between, c1 = COLUMN_ZERO, c2 = COLUMN_ZERO, c3 = COLUMN_ZERO, c4 = COLUMN_ZERO;
		LIMB b5 = b->limb[5], b6 = b->limb[6], b7 = b->limb[7], b8 = b->limb[8], b9 = b->limb[9];
		EVEN_ROW(0, b5, b6, b7, b8, b9);
		LIMB b4 = b->limb[4];
		ODD_ROW_FROM_5(1, b4, b5, b6, b7, b8);
		LIMB b3 = b->limb[3];
		EVEN_ROW(2, b3, b4, b5, b6, b7);
		LIMB b2 = b->limb[2];
		ODD_ROW_FROM_5(3, b2, b3, b4, b5, b6);
		LIMB b1 = b->limb[1];
		EVEN_ROW(4, b1, b2, b3, b4, b5);
		LIMB b0 = b->limb[0];
		ODD_ROW_FROM_5(5, b0, b1, b2, b3, b4);
		LOAD_AGAIN(b);
		LIMB w9 = b->limb[9] * 19;
		EVEN_ROW(6, w9, b0, b1, b2, b3);
		LIMB w8 = b->limb[8] * 19;
		ODD_ROW_FROM_5(7, w8, w9, b0, b1, b2);
		LIMB w7 = b->limb[7] * 19;
		EVEN_ROW(8, w7, w8, w9, b0, b1);
		LIMB w6 = b->limb[6] * 19;
		ODD_ROW_FROM_5(9, w6, w7, w8, w9, b0);
		CARRY_FOUR(h5, h6, h7, h8, 25);
		CARRY_LAST_COLUMN(h9, c4, carry, 25);
	}
	CARRY_AROUND(h0, h1, carry);
	STORE(to);
}

/*
 * Products of two different limbs count twice: they are added first, and their sums doubled. Of two narrow
 * ones they count four times, so one of them is doubled before.
 */
void fieldSquare(Field *to, const Field *a) {
	LIMB h0, h1, h2, h3, h4, h5, h6, h7, h8, h9, carry;
	Column between = COLUMN_ZERO;
	{
		Column c0 = COLUMN_ZERO, c1 = COLUMN_ZERO, c2 = COLUMN_ZERO, c3 = COLUMN_ZERO, c4 = COLUMN_ZERO;
		LIMB a1 = a->limb[1], a2 = a->limb[2], a3 = a->limb[3];
		LIMB x = a->limb[0], x16 = x * 16;
		Column square0 = COLUMN_ZERO;
		ADD_PRODUCT(square0, x, x16, x);
		ADD_PRODUCT(c1, x, x16, a1);
		ADD_PRODUCT(c2, x, x16, a2);
		ADD_PRODUCT(c3, x, x16, a3);
		LIMB a4 = a->limb[4];
		ADD_PRODUCT(c4, x, x16, a4);
		LIMB w9 = a->limb[9] * 19, v9 = w9 * 2;
		x = a1, x16 = x * 16;
		ADD_PRODUCT(c0, x, x16, v9);
		ADD_PRODUCT(c3, x, x16, a2);
		ADD_PRODUCT(c4, x, x16, a3 * 2);
		LIMB w8 = a->limb[8] * 19;
		x = a2, x16 = x * 16;
		ADD_PRODUCT(c0, x, x16, w8);
		ADD_PRODUCT(c1, x, x16, w9);
		LIMB a7 = a->limb[7], w7 = a7 * 19, v7 = w7 * 2;
		x = a3, x16 = x * 16;
		ADD_PRODUCT(c0, x, x16, v7);
		ADD_PRODUCT(c1, x, x16, w8);
		ADD_PRODUCT(c2, x, x16, v9);
		LIMB a6 = a->limb[6], w6 = a6 * 19;
		x = a4, x16 = x * 16;
		ADD_PRODUCT(c0, x, x16, w6);
		ADD_PRODUCT(c1, x, x16, w7);
		ADD_PRODUCT(c2, x, x16, w8);
		ADD_PRODUCT(c3, x, x16, w9);
		LIMB a5 = a->limb[5];
		x = a5, x16 = x * 16;
		ADD_PRODUCT(c1, x, x16, w6);
		ADD_PRODUCT(c2, x, x16, v7);
		ADD_PRODUCT(c3, x, x16, w8);
		ADD_PRODUCT(c4, x, x16, v9);
		DOUBLE_COLUMN(c0);
		ADD_COLUMN(c0, square0);
		ADD_PRODUCT(c0, x, x16, a5 * 38);
		x = a6, x16 = x * 16;
		ADD_PRODUCT(c3, x, x16, w7);
		ADD_PRODUCT(c4, x, x16, w8);
		DOUBLE_COLUMN(c2);
		ADD_PRODUCT(c2, x, x16, w6);
		x = a1, x16 = x * 16;
		ADD_PRODUCT(c2, x, x16, a1 * 2);
		DOUBLE_COLUMN(c4);
		x = a7, x16 = x * 16;
		ADD_PRODUCT(c4, x, x16, v7);
		x = a2, x16 = x * 16;
		ADD_PRODUCT(c4, x, x16, a2);
		DOUBLE_COLUMN(c1);
		DOUBLE_COLUMN(c3);
		CARRY_FOUR(h0, h1, h2, h3, 26);
		CARRY_COLUMN(h4, c4, between, 26);
	}
	{
		Column c0 = COLUMN_ZERO, c1 = COLUMN_ZERO, c2 = COLUMN_ZERO, c3 = COLUMN_ZERO, c4 = COLUMN_ZERO;
		LIMB a5 = a->limb[5], a6 = a->limb[6], a7 = a->limb[7], a8 = a->limb[8], a9 = a->limb[9];
		LIMB x = a->limb[0], x16 = x * 16;
		ADD_PRODUCT(c0, x, x16, a5);
		ADD_PRODUCT(c1, x, x16, a6);
		ADD_PRODUCT(c2, x, x16, a7);
		ADD_PRODUCT(c3, x, x16, a8);
		ADD_PRODUCT(c4, x, x16, a9);
		LIMB a4 = a->limb[4];
		x = a->limb[1], x16 = x * 16;
		ADD_PRODUCT(c0, x, x16, a4);
		ADD_PRODUCT(c1, x, x16, a5 * 2);
		ADD_PRODUCT(c2, x, x16, a6);
		ADD_PRODUCT(c3, x, x16, a7 * 2);
		ADD_PRODUCT(c4, x, x16, a8);
		LIMB a3 = a->limb[3];
		x = a->limb[2], x16 = x * 16;
		ADD_PRODUCT(c0, x, x16, a3);
		ADD_PRODUCT(c1, x, x16, a4);
		ADD_PRODUCT(c2, x, x16, a5);
		ADD_PRODUCT(c3, x, x16, a6);
		ADD_PRODUCT(c4, x, x16, a7);
		x = a3, x16 = x * 16;
		ADD_PRODUCT(c2, x, x16, a4);
		ADD_PRODUCT(c3, x, x16, a5 * 2);
		ADD_PRODUCT(c4, x, x16, a6);
		LIMB w9 = a9 * 19;
		x = a6, x16 = x * 16;
		ADD_PRODUCT(c0, x, x16, w9);
		LIMB w8 = a8 * 19;
		x = a7, x16 = x * 16;
		ADD_PRODUCT(c0, x, x16, w8);
		ADD_PRODUCT(c1, x, x16, w9 * 2);
		x = a8, x16 = x * 16;
		ADD_PRODUCT(c2, x, x16, w9);
		DOUBLE_COLUMN(c1);
		ADD_PRODUCT(c1, x, x16, w8);
		x = a3, x16 = x * 16;
		ADD_PRODUCT(c1, x, x16, a3 * 2);
		x = a4, x16 = x * 16;
		ADD_PRODUCT(c4, x, x16, a5);
		DOUBLE_COLUMN(c3);
		ADD_PRODUCT(c3, x, x16, a4);
		x = a9, x16 = x * 16;
		ADD_PRODUCT(c3, x, x16, w9 * 2);
		DOUBLE_COLUMN(c0);
		DOUBLE_COLUMN(c2);
		DOUBLE_COLUMN(c4);
		ADD_COLUMN(c0, between);
		CARRY_FOUR(h5, h6, h7, h8, 25);
		CARRY_LAST_COLUMN(h9, c4, carry, 25);
	}
	CARRY_AROUND(h0, h1, carry);
	STORE(to);
}

void fieldSquareTimes(Field *to, const Field *a, int times) {
	fieldSquare(to, a);
	while (--times > 0) fieldSquare(to, to);
}

void fieldMultiply121666(Field *to, const Field *a) {
	LIMB h0, h1, h2, h3, h4, h5, h6, h7, h8, h9, carry;
	Column between = COLUMN_ZERO;
	{
		Column c0 = COLUMN_ZERO, c1 = COLUMN_ZERO, c2 = COLUMN_ZERO, c3 = COLUMN_ZERO, c4 = COLUMN_ZERO;
		ADD_PRODUCT(c0, a->limb[0], a->limb[0] * 16, 121666);
		ADD_PRODUCT(c1, a->limb[1], a->limb[1] * 16, 121666);
		ADD_PRODUCT(c2, a->limb[2], a->limb[2] * 16, 121666);
		ADD_PRODUCT(c3, a->limb[3], a->limb[3] * 16, 121666);
		ADD_PRODUCT(c4, a->limb[4], a->limb[4] * 16, 121666);
		CARRY_FOUR(h0, h1, h2, h3, 26);
		CARRY_COLUMN(h4, c4, between, 26);
	}
	{
		Column c0 = between, c1 = COLUMN_ZERO, c2 = COLUMN_ZERO, c3 = COLUMN_ZERO, c4 = COLUMN_ZERO;
		ADD_PRODUCT(c0, a->limb[5], a->limb[5] * 16, 121666);
		ADD_PRODUCT(c1, a->limb[6], a->limb[6] * 16, 121666);
		ADD_PRODUCT(c2, a->limb[7], a->limb[7] * 16, 121666);
		ADD_PRODUCT(c3, a->limb[8], a->limb[8] * 16, 121666);
		ADD_PRODUCT(c4, a->limb[9], a->limb[9] * 16, 121666);
		CARRY_FOUR(h5, h6, h7, h8, 25);
		CARRY_LAST_COLUMN(h9, c4, carry, 25);
	}
	CARRY_AROUND(h0, h1, carry);
	STORE(to);
}
