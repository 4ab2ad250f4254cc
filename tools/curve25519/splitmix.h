/* Random numbers that a seed repeats, on any machine. */
#ifndef SPLITMIX_H
#define SPLITMIX_H

#include <stddef.h>
#include <stdint.h>

static uint64_t state;

/* SplitMix64: Steele, Lea, Flood 2014. */
static inline uint64_t next(void) {
	uint64_t z = state += 0x9e3779b97f4a7c15;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static inline unsigned below(unsigned bound) { return (unsigned)(next() % bound); }

static inline void fill(uint8_t *bytes, size_t length) {
	for (size_t i = 0; i < length; i++) bytes[i] = (uint8_t)next();
}

#endif
