/* The emulated chip's processor: its count of instructions, and the stack that C code runs on. */
#include "platform.h"

#define STACK_PAINT 0xA5A5A5A5
/* What the engine keeps free, so that it can still throw. */
#define STACK_MARGIN_BYTES 1024

/* From the linker script. */
extern uint32_t __stack[];
extern uint32_t __heap_end[];

/* Two halves, read until the upper one stands still. */
uint64_t instructionsRetired(void) {
	uint32_t high, low, again;
	do {
		__asm__ volatile(".option push\n.option arch,+zicsr\nrdinstreth %0\nrdinstret %1\nrdinstreth %2\n.option pop"
			: "=r"(high), "=r"(low), "=r"(again));
	} while (high != again);
	return (uint64_t)high << 32 | low;
}

/* Before main: everything from the heap's end up to here is stack that nobody has used yet. */
__attribute__((constructor)) static void paintStack(void) {
	uint32_t *top = __builtin_frame_address(0);
	for (uint32_t *word = __heap_end; word < top - 64; word++) *(volatile uint32_t *)word = STACK_PAINT;
}

size_t cStackBytesUsedMax(void) {
	uint32_t *word = __heap_end;
	while (*word == STACK_PAINT) word++;
	return (size_t)(__stack - word) * sizeof *word;
}

char *fxCStackLimit(void) {
	return (char *)__heap_end + STACK_MARGIN_BYTES;
}
