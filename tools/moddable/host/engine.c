/* For the build of the conformance suites on Linux: what tools/xs/engine.ts names, over the SDK's own engine. */
#include <stdio.h>
#include <stdlib.h>
#include "xsAll.h"

/* Where the stack has been is told by what no longer is in it. */
#define UNTOUCHED 0xA5
/* Left alone below the top: the callers' own frames grow into it while it is painted. */
#define MARGIN_SLOTS 16

static void paintStack(txMachine *the) {
	if (the->stack - the->stackBottom > MARGIN_SLOTS)
		memset(the->stackBottom, UNTOUCHED, (the->stack - the->stackBottom - MARGIN_SLOTS) * sizeof(txSlot));
}

static double stackSlotsUsedMax(txMachine *the) {
	const uint8_t *byte = (const uint8_t *)the->stackBottom;
	while (byte < (const uint8_t *)the->stackTop && *byte == UNTOUCHED) byte++;
	return ((const uint8_t *)the->stackTop - byte) / sizeof(txSlot);
}

void xs_engine_print(txMachine *the) {
	puts(fxToString(the, mxArgv(0)));
}

/* The file that the launcher was given. */
void xs_engine_input(txMachine *the) {
	FILE *file = fopen(getenv("TAPNOTE_INPUT"), "rb");
	if (file == NULL || fseek(file, 0, SEEK_END) != 0) mxUnknownError("no input");
	long length = ftell(file);
	rewind(file);
	char *text = malloc(length);
	if (text == NULL || fread(text, 1, length, file) != (size_t)length) mxUnknownError("cannot read the input");
	fclose(file);
	fxStringBuffer(the, mxResult, text, (txSize)length);
	free(text);
	paintStack(the);
}

/* Only the emulated chip counts them. */
void xs_engine_instructions(txMachine *the) {
	fxInteger(the, mxResult, 0);
}

void xs_engine_collect(txMachine *the) {
	fxCollectGarbage(the);
}

/* In the order of engine.ts. */
void xs_engine_memory(txMachine *the) {
	const double figures[] = {
		the->currentChunksSize,
		the->peakChunksSize,
		the->currentHeapCount,
		the->peakHeapCount,
		stackSlotsUsedMax(the),
		sizeof(txSlot),
		0,
	};
	int which = fxToInteger(the, mxArgv(0));
	if (which < 0 || which >= (int)(sizeof figures / sizeof figures[0])) mxRangeError("no such figure");
	fxNumber(the, mxResult, figures[which]);
}
