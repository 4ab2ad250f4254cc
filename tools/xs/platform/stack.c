/* How far the engine's stack has been in use: told by what no longer is in it. */
#include "platform.h"

#define STACK_PAINT 0xA5

/* The collector does not look below the top of the stack, so what is there may be painted. */
void paintStackSlots(txMachine *the) {
	memset(the->stackBottom, STACK_PAINT, (uint8_t *)the->stack - (uint8_t *)the->stackBottom);
}

/*
 * What the paint is still on was never used. The engine takes the lower end of the stack for scratch when it
 * turns a float into text or runs a regular expression, so the lowest mark is not the stack's: the longest
 * stretch of paint ends where the stack has been.
 */
size_t stackSlotsUsedMax(txMachine *the) {
	const uint8_t *bottom = (const uint8_t *)the->stackBottom;
	const uint8_t *top = (const uint8_t *)the->stackTop;
	const uint8_t *end = bottom;
	size_t longest = 0, length = 0;
	for (const uint8_t *byte = bottom; byte < top; byte++) {
		length = *byte == STACK_PAINT ? length + 1 : 0;
		if (length > longest) {
			longest = length;
			end = byte + 1;
		}
	}
	return (size_t)(top - end + sizeof(txSlot) - 1) / sizeof(txSlot);
}
