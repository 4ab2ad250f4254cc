/*
 * Keys come from here. With the radio off, which it always is, the hardware generator has no noise of its
 * own: ESP-IDF's "Random Number Generation" says to switch the SAR ADC on as its source while bytes are
 * drawn. Nothing else of this firmware uses the ADC.
 */
#include "xsmc.h"
#include "bootloader_random.h"
#include "esp_random.h"

/* A source that is stuck shows the same 32 bits again and again (the repetition count test of SP 800-90B section 4.4.1). */
#define SAME_WORDS_MAX 2

/* (target): false when the source is stuck; the target is zeros then. */
void xs_esp32_fill_random(xsMachine *the) {
	uint8_t *target;
	xsUnsignedValue length;
	uint32_t last = 0;
	int same = 0;
	xsmcGetBufferWritable(xsArg(0), (void **)&target, &length);

	bootloader_random_enable();
	for (xsUnsignedValue i = 0; i < length && same < SAME_WORDS_MAX; i += 4) {
		uint32_t word = esp_random();
		same = i > 0 && word == last ? same + 1 : 0;
		last = word;
		for (xsUnsignedValue j = 0; j < 4 && i + j < length; j++) target[i + j] = (uint8_t)(word >> (8 * j));
	}
	bootloader_random_disable();

	if (same == SAME_WORDS_MAX)
		for (xsUnsignedValue i = 0; i < length; i++) target[i] = 0;
	xsmcSetBoolean(xsResult, same < SAME_WORDS_MAX);
}
