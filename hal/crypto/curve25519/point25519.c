#include "point25519.h"

#if defined(__GNUC__) && !defined(__clang__) && !defined(PROOF_OF_BOUNDS)
#pragma GCC optimize("O2", "no-schedule-insns", "no-schedule-insns2")
#endif

/* Made by base25519.ts, as the tables are. */
#include "constants25519.h"

void pointZero(Point *to) {
	static const Point zero = { .y = { { 1 } }, .z = { { 1 } } };
	*to = zero;
}

/* RFC 8032, section 5.1.3: x^2 = u / v = (y^2 - 1) / (d y^2 + 1), and x = u v^3 (u v^7)^((p - 5) / 8). */
int pointFromBytesNegated(Point *to, const uint8_t *bytes) {
	static const Field one = { { 1 } };
	Field u, v, v3, square, check;

	fieldFromBytes(&to->y, bytes);
	to->z = one;
	fieldSquare(&u, &to->y);
	fieldMultiply(&v, &u, &curveD);
	fieldSubtract(&u, &u, &one);
	fieldCarry(&u, &u);
	fieldAdd(&v, &v, &one);
	fieldCarry(&v, &v);

	fieldSquare(&v3, &v);
	fieldMultiply(&v3, &v3, &v);
	fieldSquare(&to->x, &v3);
	fieldMultiply(&to->x, &to->x, &v);
	fieldMultiply(&to->x, &to->x, &u);
	fieldRootPower(&to->x, &to->x);
	fieldMultiply(&to->x, &to->x, &v3);
	fieldMultiply(&to->x, &to->x, &u);

	fieldSquare(&square, &to->x);
	fieldMultiply(&square, &square, &v);
	fieldSubtract(&check, &square, &u);
	if (!fieldIsZero(&check)) {
		fieldAdd(&check, &square, &u);
		if (!fieldIsZero(&check)) return 0;
		fieldMultiply(&to->x, &to->x, &rootOfMinusOne);
	}
	if (fieldIsOdd(&to->x) == bytes[31] >> 7) {
		Field zero = { { 0 } };
		fieldSubtract(&to->x, &zero, &to->x);
		fieldCarry(&to->x, &to->x);
	}
	fieldMultiply(&to->t, &to->x, &to->y);
	return 1;
}

void pointToBytes(uint8_t *bytes, const Point *a) {
	Field inverse, x, y;
	fieldInvert(&inverse, &a->z);
	fieldMultiply(&x, &a->x, &inverse);
	fieldMultiply(&y, &a->y, &inverse);
	fieldToBytes(bytes, &y);
	bytes[31] ^= (uint8_t)(fieldIsOdd(&x) << 7);
}

void addendFromPoint(Addend *to, const Point *a) {
	fieldAdd(&to->sum, &a->y, &a->x);
	fieldCarry(&to->sum, &to->sum);
	fieldSubtract(&to->difference, &a->y, &a->x);
	fieldCarry(&to->difference, &to->difference);
	fieldAdd(&to->z2, &a->z, &a->z);
	fieldCarry(&to->z2, &to->z2);
	fieldMultiply(&to->t2d, &a->t, &curve2D);
}

/* X = E F, Y = G H, Z = F G, T = E H, each factor a sum of up to two. */
static inline void multiplyOut(Point *to, const Field *e, const Field *f, const Field *g, const Field *h,
	int withT) {
	fieldMultiply(&to->x, e, f);
	fieldMultiply(&to->y, g, h);
	fieldMultiply(&to->z, f, g);
	if (withT) fieldMultiply(&to->t, e, h);
}

/*
 * "add-2008-hwcd-3" of the Explicit-Formulas Database: A = (Y1 - X1) (Y2 - X2), B = (Y1 + X1) (Y2 + X2), C =
 * 2 d T1 T2, D = 2 Z1 Z2; E = B - A, F = D - C, G = D + C, H = B + A. To subtract, the second point's x is
 * negative: its sum and difference change places, and so do F and G.
 */
static inline void add(Point *to, const Point *a, const Field *sum, const Field *difference, const Field *t,
	const Field *z2, int isMinus, int withT) {
	Field e, f, g, h, c, d;
	fieldSubtract(&e, &a->y, &a->x);
	fieldMultiply(&e, &e, difference);
	fieldAdd(&h, &a->y, &a->x);
	fieldMultiply(&h, &h, sum);
	fieldMultiply(&c, &a->t, t);
	if (z2) fieldMultiply(&d, &a->z, z2);
	else d = a->z;
	fieldSubtract(&f, &d, &c);
	fieldAdd(&g, &d, &c);
	fieldSubtract(&c, &h, &e);
	fieldAdd(&h, &h, &e);
	if (isMinus) multiplyOut(to, &c, &g, &f, &h, withT);
	else multiplyOut(to, &c, &f, &g, &h, withT);
}

void pointAdd(Point *to, const Point *a, const Addend *b, int withT) {
	add(to, a, &b->sum, &b->difference, &b->t2d, &b->z2, 0, withT);
}

void pointSubtract(Point *to, const Point *a, const Addend *b, int withT) {
	add(to, a, &b->difference, &b->sum, &b->t2d, &b->z2, 1, withT);
}

/* A, B, C and D are half of what they would be, so X, Y, Z and T are a quarter: the same point. */
void pointAddBase(Point *to, const Point *a, const BaseAddend *b, int withT) {
	add(to, a, &b->sum, &b->difference, &b->dxy, 0, 0, withT);
}

void pointSubtractBase(Point *to, const Point *a, const BaseAddend *b, int withT) {
	add(to, a, &b->difference, &b->sum, &b->dxy, 0, 1, withT);
}

/*
 * "dbl-2008-hwcd" for a = -1: A = X^2, B = Y^2, C = 2 Z^2; E = (X + Y)^2 - A - B, G = B - A, F = G - C, H =
 * -A - B. All signs are turned, which is the same point: E = A + B - (X + Y)^2, G = A - B, F = C - B + A, H =
 * A + B.
 */
void pointDouble(Point *to, const Point *a, int withT) {
	Field e, f, g, h, xx, yy;
	fieldAdd(&e, &a->x, &a->y);
	fieldSquare(&e, &e);
	fieldSquare(&xx, &a->x);
	fieldSquare(&yy, &a->y);
	fieldSquare(&f, &a->z);
	fieldAdd(&h, &xx, &yy);
	fieldSubtract(&g, &xx, &yy);
	fieldSubtract(&e, &h, &e);
	fieldAdd(&f, &f, &f);
	fieldAdd(&f, &f, &g);
	fieldCarry(&f, &f);
	if (withT) fieldCarry(&e, &e);
	multiplyOut(to, &e, &f, &g, &h, withT);
}
