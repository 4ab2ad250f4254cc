/*
 * memcpy, memmove and memset by the word. The C library of this toolchain is built for size and goes byte by
 * byte; a board's goes by the word, from ROM or from a library built for speed. The engine moves so much
 * memory that the count of instructions would mislead.
 */
#include <stddef.h>
#include <stdint.h>

/* A loop that copies must not be turned into a call of what it implements. */
#define NO_CALLS __attribute__((optimize("no-tree-loop-distribute-patterns")))

typedef uint32_t __attribute__((may_alias)) Word;

static int apart(const void *a, const void *b) {
	return ((uintptr_t)a ^ (uintptr_t)b) & 3;
}

/* The two may overlap when `out` is the lower: every word is read before one above it is written. */
NO_CALLS static void upwards(uint8_t *out, const uint8_t *in, size_t length) {
	if (!apart(out, in)) {
		for (; length > 0 && ((uintptr_t)out & 3) != 0; length--) *out++ = *in++;
		for (; length >= 16; length -= 16, out += 16, in += 16) {
			Word a = ((const Word *)in)[0], b = ((const Word *)in)[1];
			Word c = ((const Word *)in)[2], d = ((const Word *)in)[3];
			((Word *)out)[0] = a;
			((Word *)out)[1] = b;
			((Word *)out)[2] = c;
			((Word *)out)[3] = d;
		}
		for (; length >= 4; length -= 4, out += 4, in += 4) *(Word *)out = *(const Word *)in;
	}
	for (; length > 0; length--) *out++ = *in++;
}

/* `out` and `in` are where the bytes end. */
NO_CALLS static void downwards(uint8_t *out, const uint8_t *in, size_t length) {
	if (!apart(out, in)) {
		for (; length > 0 && ((uintptr_t)out & 3) != 0; length--) *--out = *--in;
		for (; length >= 4; length -= 4) {
			out -= 4;
			in -= 4;
			*(Word *)out = *(const Word *)in;
		}
	}
	for (; length > 0; length--) *--out = *--in;
}

void *memcpy(void *restrict to, const void *restrict from, size_t length) {
	upwards(to, from, length);
	return to;
}

void *memmove(void *to, const void *from, size_t length) {
	if ((uintptr_t)to < (uintptr_t)from) upwards(to, from, length);
	else downwards((uint8_t *)to + length, (const uint8_t *)from + length, length);
	return to;
}

NO_CALLS void *memset(void *to, int value, size_t length) {
	uint8_t *out = to;
	Word word = (uint8_t)value * 0x01010101u;
	for (; length > 0 && ((uintptr_t)out & 3) != 0; length--) *out++ = (uint8_t)value;
	for (; length >= 16; length -= 16, out += 16) {
		((Word *)out)[0] = word;
		((Word *)out)[1] = word;
		((Word *)out)[2] = word;
		((Word *)out)[3] = word;
	}
	for (; length >= 4; length -= 4, out += 4) *(Word *)out = word;
	for (; length > 0; length--) *out++ = (uint8_t)value;
	return to;
}
