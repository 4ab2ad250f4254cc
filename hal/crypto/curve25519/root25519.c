/* The power that square roots are made from. */
#include "field25519.h"

void fieldRootPower(Field *to, const Field *a) {
	/* By the exponent: x^(2^n - 1) is named n ones. */
	Field t, ones5, ones10, ones50, ones;
	fieldSquare(&t, a);
	fieldMultiply(&t, &t, a);
	fieldSquareTimes(&ones, &t, 2);
	fieldMultiply(&t, &ones, &t);
	fieldSquare(&t, &t);
	fieldMultiply(&ones5, &t, a);
	fieldSquareTimes(&t, &ones5, 5);
	fieldMultiply(&ones10, &t, &ones5);
	fieldSquareTimes(&t, &ones10, 10);
	fieldMultiply(&ones, &t, &ones10);
	fieldSquareTimes(&t, &ones, 20);
	fieldMultiply(&t, &t, &ones);
	fieldSquareTimes(&t, &t, 10);
	fieldMultiply(&ones50, &t, &ones10);
	fieldSquareTimes(&t, &ones50, 50);
	fieldMultiply(&ones, &t, &ones50);
	fieldSquareTimes(&t, &ones, 100);
	fieldMultiply(&t, &t, &ones);
	fieldSquareTimes(&t, &t, 50);
	fieldMultiply(&t, &t, &ones50);
	/* 250 ones; (p - 5) / 8 = 2^252 - 3 = 4 (2^250 - 1) + 1. */
	fieldSquareTimes(&t, &t, 2);
	fieldMultiply(to, &t, a);
}
