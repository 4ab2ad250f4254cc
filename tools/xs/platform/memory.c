/*
 * All memory that the engine manages comes out of one static block: chunks, then slots, then the stack, each of a size fixed when the
 * machine is made, as on a board. Full means full: an engine that may grow would hide what the firmware needs.
 */
#include "platform.h"

#define ARENA_BYTES (20 * 1024 * 1024)
#define STACK_PAINT 0xA5

static uint8_t arena[ARENA_BYTES] __attribute__((aligned(16)));
static size_t arenaUsed;

static void *take(size_t length) {
	length = (length + 15) & ~(size_t)15;
	if (length > ARENA_BYTES - arenaUsed) return NULL;
	void *taken = arena + arenaUsed;
	arenaUsed += length;
	return taken;
}

void *fxAllocateChunks(txMachine *the, txSize length) {
	return take(length);
}

txSlot *fxAllocateSlots(txMachine *the, txSize count) {
	return take((size_t)count * sizeof(txSlot));
}

/* The machine lives as long as the program. */
void fxFreeChunks(txMachine *the, void *chunks) {}
void fxFreeSlots(txMachine *the, void *slots) {}

void fxCreateMachinePlatform(txMachine *the) {}
void fxDeleteMachinePlatform(txMachine *the) {}

txMachine *createMachine(const MemorySizes *sizes) {
	txCreation creation = {
		.initialChunkSize = sizes->chunkBytes,
		.initialHeapCount = sizes->slotCount,
		.stackCount = sizes->stackSlotCount,
		.initialKeyCount = 1024,
		.incrementalKeyCount = 256,
		.nameModulo = 127,
		.symbolModulo = 127,
		.parserBufferSize = 64 * 1024,
		.parserTableModulo = 1993,
	};
	txMachine *the = fxCreateMachine(&creation, "tapnote", NULL, XS_NO_ID);
	if (the == NULL) fail("memory sizes: no machine fits in them");
	/* The collector does not look below the top of the stack, so what is there may be painted. */
	memset(the->stackBottom, STACK_PAINT, (uint8_t *)the->stack - (uint8_t *)the->stackBottom);
	return the;
}

/*
 * What the paint is still on was never used. The engine takes the lower end of the stack for scratch when it turns a float into text or
 * runs a regular expression, so the lowest mark is not the stack's: the longest stretch of paint ends where the stack has been.
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
