/* What the chip's random number generator gives: raw, for health tests, and conditioned, for keys. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Microseconds of noise in each 32-bit word, as ESP-IDF's bootloader waits for its own keys
 * (bootloader_random.c, v6.0.2).
 */
#define NOISE_WORD_US 64
/* Words hashed into one block of output. hal/README.md, "Entropy", has the account. */
#define NOISE_POOL_WORDS 16
#define NOISE_BLOCK_BYTES 32
/*
 * So many equal reads of the register in a row mean a stuck source: SP 800-90B section 4.4.1 with alpha 2^-30
 * and 16 bits a word.
 */
#define NOISE_SAME_MAX 3

/* Random bytes for keys. False when the source is stuck; the target is zeros then. */
bool noiseFill(uint8_t *target, size_t bytes);

/* The low byte of the register every NOISE_WORD_US, as ESP-IDF reads it on the C6. Never for keys. */
void noiseSample(uint8_t *target, size_t bytes);
