/* What the platform's C files offer each other. */
#ifndef TAPNOTE_PLATFORM_H
#define TAPNOTE_PLATFORM_H

#include "xsAll.h"

/* memory.c */
typedef struct {
	size_t chunkBytes; /* strings, array buffers, big arrays */
	size_t slotCount; /* objects and properties */
	size_t stackSlotCount; /* the engine's stack, locals of every call in progress */
} MemorySizes;

txMachine *createMachine(const MemorySizes *sizes);

/* stack.c */
void paintStackSlots(txMachine *the);
size_t stackSlotsUsedMax(txMachine *the);

/* jobs.c */
void runPromiseJobs(txMachine *the);

/* abort.c */
void reportException(txMachine *the);
void fail(const char *why) XS_FUNCTION_NORETURN;

/* natives.c, and natives-table.c which the build writes from the sources */
typedef struct {
	const char *name;
	txCallback callback;
} Native;

extern const Native nativeTable[];
void defineNativeLookup(txMachine *the);

/* script.c */
void runBytecode(txMachine *the, uint8_t *file, size_t length);

/* input.c */
void setInput(uint8_t *bytes, size_t length);

/* chip.c, chip-file.c, or host.c */
uint64_t instructionsRetired(void);
size_t cStackBytesUsedMax(void);
uint8_t *readFile(const char *path, size_t *length);

#endif
