/*
 * hal/esp32/noise.c on this machine: a clock that each read moves on, and a register that is fair or stuck.
 * Prints what was drawn.
 */
#include <stdio.h>
#include <stdlib.h>
#include "../../hal/esp32/noise.c"

static uint32_t cycles, mhz, readCycles;
static int isOn, isStuck, reads, hashed, words;
static uint32_t state = 1, wordAt, shortest = UINT32_MAX;
static uint8_t pools[64][sizeof(uint32_t) * NOISE_POOL_WORDS];

static uint32_t next(void) {
	state = state * 1664525u + 1013904223u;
	return state;
}

void bootloader_random_enable(void) { isOn++; }
void bootloader_random_disable(void) { isOn--; }
uint32_t esp_rom_get_cpu_ticks_per_us(void) { return mhz; }
uint32_t esp_cpu_get_cycle_count(void) { return cycles; }

/* As ESP-IDF v6.0 has it: a timer is mixed in, so that this one moves although the register does not. */
uint32_t esp_random(void) {
	if (isOn != 1) abort();
	reads++;
	cycles += readCycles;
	return next();
}

/* Read once after each word: how long the word took. */
uint32_t noise_register(void) {
	if (isOn != 1) abort();
	if (cycles - wordAt < shortest) shortest = cycles - wordAt;
	wordAt = cycles;
	words++;
	return isStuck ? 0x5a5a5a5a : next();
}

/* No hash: the test sees what went in, and that each block's place has the block's number. */
int crypto_hash_sha256(unsigned char *out, const unsigned char *in, unsigned long long bytes) {
	memcpy(pools[hashed], in, bytes);
	memset(out, ++hashed, crypto_hash_sha256_BYTES);
	return 0;
}

void sodium_memzero(void *at, size_t bytes) { memset(at, 0, bytes); }

/* (MHz, cycles of a read, stuck, bytes) */
int main(int count, char **values) {
	static uint8_t target[256];
	if (count != 5) return 2;
	mhz = (uint32_t)atoi(values[1]);
	readCycles = (uint32_t)atoi(values[2]);
	isStuck = atoi(values[3]);
	size_t bytes = (size_t)atoi(values[4]);
	memset(target, 0xee, sizeof target);
	/* Close to where a counter of 32 bits wraps. */
	cycles = wordAt = UINT32_MAX - 10000;
	int sound = noiseFill(target, bytes);
	printf("{\"sound\":%d,\"reads\":%d,\"words\":%d,", sound, reads, words);
	printf("\"shortest\":%u,\"hashed\":%d,\"on\":%d,\"target\":\"", shortest, hashed, isOn);
	for (size_t i = 0; i < bytes + 1; i++) printf("%02x", target[i]);
	printf("\",\"differ\":%d}\n", memcmp(pools[0], pools[1], sizeof pools[0]) != 0);
	return 0;
}
