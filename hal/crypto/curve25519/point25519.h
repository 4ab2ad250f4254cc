/*
 * Points of the twisted Edwards curve -x^2 + y^2 = 1 + d x^2 y^2 over the field of field25519.h: RFC 8032,
 * section 5.1. The formulas are complete (Hisil, Wong, Carter, Dawson 2008): they have no exception, also not
 * for points of small order.
 */
#ifndef POINT25519_H
#define POINT25519_H

#include "field25519.h"

/* x = X / Z, y = Y / Z, x y = T / Z. */
typedef struct {
	Field x, y, z, t;
} Point;

/* A point as the second summand: Y + X, Y - X, 2 Z, 2 d T. Reduced. */
typedef struct {
	Field sum, difference, z2, t2d;
} Addend;

/*
 * One with Z = 1, and all of it halved: (y + x) / 2, (y - x) / 2, d x y. Limbs of 26 and 25 bits, not signed.
 */
typedef struct {
	Field sum, difference, dxy;
} BaseAddend;

void pointZero(Point *to);
/*
 * Minus the point that 32 bytes encode: 1, or 0 where they encode none. The y is taken modulo p. Time depends
 * on the bytes.
 */
int pointFromBytesNegated(Point *to, const uint8_t *bytes);
void pointToBytes(uint8_t *bytes, const Point *a);

void addendFromPoint(Addend *to, const Point *a);
/* a + b. Without `withT`, t is not worked out: what comes next must be a doubling, or the end. */
void pointAdd(Point *to, const Point *a, const Addend *b, int withT);
void pointSubtract(Point *to, const Point *a, const Addend *b, int withT);
void pointAddBase(Point *to, const Point *a, const BaseAddend *b, int withT);
void pointSubtractBase(Point *to, const Point *a, const BaseAddend *b, int withT);
/* 2 a, from x, y and z. */
void pointDouble(Point *to, const Point *a, int withT);

#endif
