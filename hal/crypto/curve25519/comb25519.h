/*
 * Multiples of points by combs. A comb reads a number of 256 bits in blocks of teeth that lie `spacing` bits
 * apart, and takes from a table the sum of a block's teeth: see tools/curve25519/tables.ts. Every bit stands
 * for plus or minus one, so the number must be odd; no digit is 0, and half a table is enough.
 */
#ifndef COMB25519_H
#define COMB25519_H

#include "point25519.h"
#include "scalar25519.h"

#define SIGNING_BLOCKS 8
#define SIGNING_ENTRIES 8
#define VERIFYING_BLOCKS 2
#define VERIFYING_ENTRIES 128
#define KEY_BLOCKS 4
#define KEY_ENTRIES 8

/* In flash: 7,680 and 30,720 bytes. */
extern const BaseAddend baseForSigning[SIGNING_BLOCKS][SIGNING_ENTRIES];
extern const BaseAddend baseForVerifying[VERIFYING_BLOCKS][VERIFYING_ENTRIES];

/* Of some point, made at run time: 5,280 bytes. */
typedef struct {
	Addend point;
	Addend sums[KEY_BLOCKS][KEY_ENTRIES];
} PointTable;

/*
 * The base point `scalar` times, for a scalar below 2^256 - L that is secret: neither time nor addresses
 * depend on it.
 */
void combBase(Point *to, const Scalar *scalar);

void combTable(PointTable *to, const Point *a);
/*
 * s times the base point, and k times a point: k as a whole number, since the point may have a part of small
 * order. Both below L, and public: time depends on them. t is not worked out.
 */
void combSum(Point *to, const Scalar *s, const Scalar *k, const PointTable *table);
/* The same without a table. */
void windowSum(Point *to, const Scalar *s, const Scalar *k, const Point *a);

#endif
