/*
 * The C of hal/crypto/curve25519/ on intervals in place of numbers: every limb, column and carry of its
 * formulas is followed from "reduced" numbers to the result, which must be reduced again. Ends with 1 where
 * one leaves the 32 bits that it has. An argument has a product of too large sums tried, which must fail.
 */
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>

static int64_t columnMost = 0;

static void require(bool isTrue, const char *what) {
	if (isTrue) return;
	printf("out of bounds: %s\n", what);
	exit(1);
}

/* What 32 bits with a sign hold, from low to high. */
struct Interval {
	int64_t low, high;
	constexpr Interval(int64_t value = 0) : low(value), high(value) {}
	Interval(int64_t from, int64_t to) : low(from), high(to) {
		require(from <= to && from >= INT32_MIN && to <= INT32_MAX, "a word");
	}
	Interval operator+(const Interval &other) const { return Interval(low + other.low, high + other.high); }
	Interval operator-(const Interval &other) const { return Interval(low - other.high, high - other.low); }
	Interval operator*(int factor) const { return Interval(low * factor, high * factor); }
};

struct Range {
	int64_t low, high;
};

static Range productOf(const Interval &a, const Interval &b) {
	int64_t ends[] = { a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high };
	Range range = { ends[0], ends[0] };
	for (int64_t end : ends) {
		if (end < range.low) range.low = end;
		if (end > range.high) range.high = end;
	}
	return range;
}

/* A sum of products; what `high` of the real one can be; and a bound of the sum less high * 2^28. */
struct Column {
	Range sum;
	Interval high;
	int64_t rest;
};

static void addProduct(Column &column, const Interval &a, const Interval &a16, const Interval &b) {
	require(a16.low == 16 * a.low && a16.high == 16 * a.high, "a factor that should be 16 times another");
	Range product = productOf(a, b);
	column.sum.low += product.low;
	column.sum.high += product.high;
	column.high = column.high + Interval(product.low >> 28, product.high >> 28);
	column.rest += 1 << 28;
	for (int64_t end : { -column.sum.low, column.sum.high })
		if (end > columnMost) columnMost = end;
}

static void addColumn(Column &column, const Column &other) {
	column.sum.low += other.sum.low;
	column.sum.high += other.sum.high;
	column.high = column.high + other.high;
	column.rest += other.rest;
}

static Range carryOut(Interval &to, const Column &column, int bits) {
	int64_t half = int64_t(1) << (bits - 1);
	require(column.rest + half <= int64_t(1) << 32, "the rest of a column");
	to = Interval(-half, half - 1);
	return { (column.sum.low + half) >> bits, (column.sum.high + half) >> bits };
}

static void carryColumn(Interval &to, const Column &column, Column &next, int bits) {
	Range carry = carryOut(to, column, bits);
	next.sum.low += carry.low;
	next.sum.high += carry.high;
	next.high = next.high + Interval(column.high.low >> bits, column.high.high >> bits);
	next.rest += (int64_t(1) << 28) + (int64_t(1) << (32 - bits));
}

static void carryAround(Interval &first, Interval &second, const Interval &carry) {
	Range sum = { carry.low * 19 + first.low + (1 << 25), carry.high * 19 + first.high + (1 << 25) };
	second = second + Interval(sum.low >> 26, sum.high >> 26);
	first = Interval(-(1 << 25), (1 << 25) - 1);
}

static void carryLimb(Interval &from, Interval &to, int factor, int bits) {
	Interval rounded = from + Interval(int64_t(1) << (bits - 1));
	to = to + Interval(rounded.low >> bits, rounded.high >> bits) * factor;
	from = Interval(-(int64_t(1) << (bits - 1)), (int64_t(1) << (bits - 1)) - 1);
}

#define PROOF_OF_BOUNDS
#define LIMB Interval
#define COLUMN_ZERO { { 0, 0 }, Interval(0), 0 }
#define ADD_PRODUCT(column, a, a16, b) addProduct(column, a, a16, b)
#define ADD_COLUMN(column, other) addColumn(column, other)
#define DOUBLE_COLUMN(column) do { Column same_ = column; addColumn(column, same_); } while (0)
#define CARRY_COLUMN(to, column, next, bits) carryColumn(to, column, next, bits)
#define CARRY_LAST_COLUMN(to, column, carry, bits) do { \
	Range range_ = carryOut(to, column, bits); \
	carry = Interval(range_.low, range_.high); \
} while (0)
#define CARRY_AROUND(first, second, carry) carryAround(first, second, carry)
#define CARRY_LIMB(from, to, factor, bits) carryLimb(from, to, factor, bits)

extern "C" {
#include <sodium.h>
void sodium_memzero(void *, size_t) {}
}
#include "field25519.c"
#include "root25519.c"
#include "point25519.c"
#include "x25519.c"

static int width(int i) { return i % 2 ? 25 : 26; }

/* Of so many reduced numbers. */
static Field sumOf(int count) {
	Field sum;
	for (int i = 0; i < LIMBS; i++) {
		int64_t most = count * ((int64_t(1) << (width(i) - 1)) + (1 << 16));
		sum.limb[i] = Interval(-most, most);
	}
	return sum;
}

static void requireSumOf(int count, const Field &a, const char *what) {
	Field most = sumOf(count);
	for (int i = 0; i < LIMBS; i++)
		require(a.limb[i].low >= most.limb[i].low && a.limb[i].high <= most.limb[i].high, what);
}

static void requireReduced(const Point &point, bool withT) {
	requireSumOf(1, point.x, "x");
	requireSumOf(1, point.y, "y");
	requireSumOf(1, point.z, "z");
	if (withT) requireSumOf(1, point.t, "t");
}

/* Limbs as they lie in bytes or in a table. */
static Field unsignedLimbs(void) {
	Field all;
	for (int i = 0; i < LIMBS; i++) all.limb[i] = Interval(0, (int64_t(1) << width(i)) - 1);
	return all;
}

/*
 * In place of encoding25519.c and invert25519.c, which take canonical bytes: what they ask and what they
 * give.
 */
void fieldFromBytes(Field *to, const uint8_t *) {
	Field limbs = unsignedLimbs();
	fieldCarry(to, &limbs);
}

void fieldToBytes(uint8_t *bytes, const Field *a) {
	requireSumOf(2, *a, "what is encoded");
	for (int i = 0; i < LIMBS; i++)
		require(a->limb[i].low + (int64_t(2) << width(i)) - 38 >= 0, "what is encoded is negative");
	memset(bytes, 0, FIELD_BYTES);
}

static bool answer = false;

int fieldIsZero(const Field *a) {
	requireSumOf(2, *a, "what is compared with 0");
	return answer;
}

int fieldIsOdd(const Field *a) {
	requireSumOf(2, *a, "what is looked at");
	return answer;
}

void fieldInvert(Field *to, const Field *a) {
	requireSumOf(1, *a, "what is inverted");
	*to = sumOf(1);
}

/* Neither changes what a limb can be. */
void fieldSwap(Field *, Field *, uint32_t) {}
void combBase(Point *to, const Scalar *) { *to = { sumOf(1), sumOf(1), sumOf(1), sumOf(1) }; }
void scalarFromBytes(Scalar *, const uint8_t *) {}

static void tryField(void) {
	Field one = sumOf(1), two = sumOf(2), three = sumOf(3), four = sumOf(4), result;
	fieldMultiply(&result, &two, &two);
	requireSumOf(1, result, "a product of sums of two");
	fieldMultiply(&result, &three, &one);
	requireSumOf(1, result, "a product with a sum of three");
	fieldSquare(&result, &two);
	requireSumOf(1, result, "a square");
	fieldMultiply121666(&result, &two);
	requireSumOf(1, result, "a multiple");
	fieldCarry(&result, &four);
	requireSumOf(1, result, "a carried number");
	fieldRootPower(&result, &one);
	requireSumOf(1, result, "a power");
}

static void tryPoints(void) {
	const Point reduced = { sumOf(1), sumOf(1), sumOf(1), sumOf(1) };
	Point point;
	Addend addend;
	BaseAddend base = { unsignedLimbs(), unsignedLimbs(), unsignedLimbs() };
	uint8_t bytes[FIELD_BYTES] = { 0 };

	addendFromPoint(&addend, &reduced);
	for (const Field *field : { &addend.sum, &addend.difference, &addend.z2, &addend.t2d })
		requireSumOf(1, *field, "a summand");
	for (int withT = 0; withT < 2; withT++) {
		pointAdd(&point, &reduced, &addend, withT);
		requireReduced(point, withT);
		pointSubtract(&point, &reduced, &addend, withT);
		requireReduced(point, withT);
		pointDouble(&point, &reduced, withT);
		requireReduced(point, withT);
		/* The signer's product may be of either sign. */
		for (int i = 0; i < LIMBS; i++) base.dxy.limb[i] = Interval(-base.dxy.limb[i].high, base.dxy.limb[i].high);
		pointAddBase(&point, &reduced, &base, withT);
		requireReduced(point, withT);
		pointSubtractBase(&point, &reduced, &base, withT);
		requireReduced(point, withT);
	}
	for (bool each : { false, true }) {
		answer = each;
		if (pointFromBytesNegated(&point, bytes)) requireReduced(point, true);
	}
	pointToBytes(bytes, &reduced);
}

static void tryLadder(void) {
	Ladder at = { sumOf(1), sumOf(1), sumOf(1), sumOf(1) };
	Field x1 = sumOf(1);
	uint8_t bytes[FIELD_BYTES] = { 0 }, others[FIELD_BYTES] = { 0 };
	ladderStep(&at, &x1);
	for (const Field *field : { &at.x2, &at.z2, &at.x3, &at.z3 }) requireSumOf(1, *field, "the ladder");
	x25519PublicKey(bytes, others);
	x25519OfEd25519(bytes, others);
	x25519Shared(bytes, others, others);
}

int main(int argc, char **) {
	if (argc > 1) {
		Field two = sumOf(2), three = sumOf(3), result;
		fieldMultiply(&result, &three, &two);
		return 0;
	}
	tryField();
	tryPoints();
	tryLadder();
	printf("columns below 2^%.2f, limits kept\n", std::log2(double(columnMost)));
	return 0;
}
