/*
 * Operations on field elements for two implementations, the chip's and libsodium's: the same seed gives both
 * the same operands, random and extreme ones and results of before, and the digests of the results are
 * compared.
 */
#ifndef FIELD_OPERATIONS_H
#define FIELD_OPERATIONS_H

#include "../splitmix.h"
#include <stdio.h>
#include <string.h>

typedef enum {
	ADD,
	SUBTRACT,
	MULTIPLY,
	SQUARE,
	MULTIPLY_121666,
	MULTIPLY_SUMS, /* (a + b) (a - b) */
	SQUARE_SUM,
	MULTIPLY_121666_DIFFERENCE,
	SWAP, /* where the lowest bit of b is set */
	SIGNS, /* whether a - b is 0, and whether it is odd */
	INVERT,
	ROOT_POWER, /* a^((p - 5) / 8) */
	OPERATIONS,
} Operation;

/* 32 bytes each, the lowest first. */
void operate(Operation operation, uint8_t *to, const uint8_t *a, const uint8_t *b);

/* For each so many operations a line is printed, and the random numbers begin anew. */
#define BLOCK 10000

static void drawOperand(uint8_t *bytes, const uint8_t *before) {
	switch (below(8)) {
	case 0: memset(bytes, 0, 32), bytes[0] = (uint8_t)below(20); break;
	case 1: memset(bytes, 0xff, 32), bytes[0] -= (uint8_t)below(40), bytes[31] = 0x7f; break;
	case 2: memset(bytes, 0, 32), bytes[below(32)] = (uint8_t)(1 << below(8)); break;
	case 3: memset(bytes, 0xff, 32), bytes[below(32)] = (uint8_t)next(); break;
	case 4: memcpy(bytes, before, 32); break;
	default: fill(bytes, 32); break;
	}
}

/* The power and the inverse take the longest, and are tried less often than the others. */
static Operation drawOperation(void) {
	unsigned drawn = below(4 * INVERT + 2);
	return drawn < 4 * INVERT ? drawn % INVERT : INVERT + drawn % 2;
}

static inline void operateAll(unsigned long count, uint64_t seed) {
	uint8_t a[32], b[32], result[32] = { 0 };
	for (unsigned long done = 0; done < count; done += BLOCK) {
		state = seed + done;
		/* FNV-1a. */
		uint64_t digest = 0xcbf29ce484222325;
		for (unsigned long i = done; i < count && i < done + BLOCK; i++) {
			Operation operation = drawOperation();
			drawOperand(a, result);
			drawOperand(b, below(4) ? result : a);
			operate(operation, result, a, b);
			for (int j = 0; j < 32; j++) digest = (digest ^ result[j]) * 0x100000001b3;
		}
		printf("%08lx%08lx\n", (unsigned long)(digest >> 32), (unsigned long)(digest & 0xffffffff));
	}
}

#endif
