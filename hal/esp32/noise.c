/*
 * Keys come from here. With the radio off, which it always is, the generator's only noise is the SAR ADC,
 * which ESP-IDF's "Random Number Generation" says to switch on while bytes are drawn. It feeds the register
 * slowly: esp_random() alone may be read some forty times as fast as the noise comes. So each word is the XOR
 * of all that comes in NOISE_WORD_US, and words are hashed, twice as many as come out. Nothing else of this
 * firmware uses the ADC.
 */
#include <string.h>
#include "noise.h"
#include "bootloader_random.h"
#include "esp_cpu.h"
#include "esp_random.h"
#include "esp_rom_sys.h"
#include "sodium.h"
#include "soc/soc.h"
#include "soc/wdev_reg.h"

_Static_assert(NOISE_BLOCK_BYTES == crypto_hash_sha256_BYTES, "a block of output is one hash");

/*
 * The XOR of what the generator gives in NOISE_WORD_US, counted in cycles of the processor, which no
 * interrupt stops.
 */
static uint32_t noiseWord(void) {
	const uint32_t cycles = NOISE_WORD_US * esp_rom_get_cpu_ticks_per_us();
	const uint32_t start = esp_cpu_get_cycle_count();
	uint32_t word = 0;
	do word ^= esp_random(); while (esp_cpu_get_cycle_count() - start < cycles);
	return word;
}

bool noiseFill(uint8_t *target, size_t bytes) {
	uint32_t pool[NOISE_POOL_WORDS];
	uint8_t block[NOISE_BLOCK_BYTES];
	/*
	 * esp_random() mixes a timer in, which moves when the source does not: the register is what may be stuck.
	 */
	uint32_t last = 0;
	int same = 0;

	bootloader_random_enable();
	for (size_t done = 0; done < bytes && same < NOISE_SAME_MAX; done += NOISE_BLOCK_BYTES) {
		for (int i = 0; i < NOISE_POOL_WORDS && same < NOISE_SAME_MAX; i++) {
			pool[i] = noiseWord();
			uint32_t raw = REG_READ(WDEV_RND_REG);
			same = same > 0 && raw == last ? same + 1 : 1;
			last = raw;
		}
		crypto_hash_sha256(block, (const uint8_t *)pool, sizeof pool);
		size_t left = bytes - done;
		memcpy(target + done, block, left < NOISE_BLOCK_BYTES ? left : NOISE_BLOCK_BYTES);
	}
	bootloader_random_disable();

	sodium_memzero(pool, sizeof pool);
	sodium_memzero(block, sizeof block);
	if (same >= NOISE_SAME_MAX) memset(target, 0, bytes);
	return same < NOISE_SAME_MAX;
}

void noiseSample(uint8_t *target, size_t bytes) {
	bootloader_random_enable();
	for (size_t i = 0; i < bytes; i++) {
		(void)noiseWord();
		target[i] = (uint8_t)REG_READ(WDEV_RND_REG);
	}
	bootloader_random_disable();
}
