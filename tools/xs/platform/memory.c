/*
 * All memory that the engine manages comes out of one static block: chunks, then slots, then the stack, each
 * of a size fixed when the machine is made, as on a board. Full means full: an engine that may grow would
 * hide what the firmware needs.
 */
#include "platform.h"

#define ARENA_BYTES (20 * 1024 * 1024)

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
	paintStackSlots(the);
	return the;
}
