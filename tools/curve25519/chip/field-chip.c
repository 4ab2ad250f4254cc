/* The same operations by the chip's own functions. */
#include "field-operations.h"
#include "../../../hal/crypto/curve25519/field25519.h"

void operate(Operation operation, uint8_t *to, const uint8_t *bytesOfA, const uint8_t *bytesOfB) {
	Field a, b, sum, difference, result;
	fieldFromBytes(&a, bytesOfA);
	fieldFromBytes(&b, bytesOfB);
	fieldAdd(&sum, &a, &b);
	fieldSubtract(&difference, &a, &b);
	switch (operation) {
	case ADD: fieldCarry(&result, &sum); break;
	case SUBTRACT: result = difference; break;
	case MULTIPLY: fieldMultiply(&result, &a, &b); break;
	case SQUARE: fieldSquare(&result, &a); break;
	case MULTIPLY_121666: fieldMultiply121666(&result, &a); break;
	case MULTIPLY_SUMS: fieldMultiply(&result, &sum, &difference); break;
	case SQUARE_SUM: fieldSquare(&result, &sum); break;
	case MULTIPLY_121666_DIFFERENCE: fieldMultiply121666(&result, &difference); break;
	case SWAP: fieldSwap(&a, &b, bytesOfB[0] & 1), result = a; break;
	case SIGNS:
		memset(to, 0, 32);
		to[0] = (uint8_t)fieldIsZero(&difference), to[1] = (uint8_t)fieldIsOdd(&difference);
		return;
	case INVERT: fieldInvert(&result, &a); break;
	default: fieldRootPower(&result, &a); break;
	}
	fieldToBytes(to, &result);
}
